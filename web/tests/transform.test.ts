import { describe, expect, it } from "vitest";
import { rotatedCorners } from "../src/components/drawing/outlines";
import { fit, frame, keepInSight, zoomAt } from "../src/components/drawing/transform";

const toPicture = (view: { scale: number; x: number; y: number }, x: number, y: number) => [
  (x - view.x) / view.scale,
  (y - view.y) / view.scale,
];

describe("zoomAt", () => {
  it("keeps the picture's point under the cursor", () => {
    const before = { scale: 0.5, x: 20, y: -30 };
    const after = zoomAt(before, 1.7, 200, 120, 0.1);
    expect(after.scale).toBeCloseTo(0.85);
    expect(toPicture(after, 200, 120)).toEqual(
      toPicture(before, 200, 120).map((each) => expect.closeTo(each, 9) as number),
    );
  });

  it("stops at the limits and then moves nothing", () => {
    const view = { scale: 2, x: 5, y: 7 };
    expect(zoomAt(view, 10, 50, 50, 0.1, 2)).toEqual(view);
    expect(zoomAt(view, 0.001, 50, 50, 2)).toEqual(view);
  });
});

describe("fit", () => {
  it("shows the whole picture in the middle, inside the margin", () => {
    // 400×100 in 200×200 with 10 px margin: scale 180/400 = 0.45, height 45, so top (200−45)/2 = 77.5.
    const view = fit({ width: 400, height: 100 }, { width: 200, height: 200 }, 10);
    expect(view.scale).toBeCloseTo(0.45);
    expect(view.x).toBeCloseTo(10);
    expect(view.y).toBeCloseTo(77.5);
  });
});

describe("keepInSight", () => {
  it("brings a picture back that was dragged away", () => {
    const view = keepInSight(
      { scale: 1, x: -900, y: 900 },
      { width: 400, height: 300 },
      { width: 500, height: 500 },
    );
    expect(view).toEqual({ scale: 1, x: 64 - 400, y: 500 - 64 });
  });
});

describe("frame", () => {
  const card = { width: 160, height: 120 };
  const image = { x: 0, y: 0, width: 640, height: 480 };

  it("fills the card with a picture of nearly its shape", () => {
    expect(frame(image, null, card, 2.5)).toEqual({ scale: 0.25, x: 0, y: 0 });
  });

  it("shows the whole of a very wide picture", () => {
    const view = frame({ x: 0, y: 0, width: 1600, height: 400 }, null, card, 2.5);
    expect(view.scale).toBeCloseTo(0.1);
    expect(view.y).toBeCloseTo(40);
  });

  it("goes towards a small object up to the greatest zoom, without leaving the picture", () => {
    const view = frame(image, { x: 0, y: 0, width: 20, height: 20 }, card, 2.5);
    expect(view.scale).toBeCloseTo(0.625);
    expect([view.x, view.y].map(Math.abs)).toEqual([0, 0]);
  });

  it("centres an object in the middle of the picture", () => {
    const view = frame(image, { x: 300, y: 220, width: 40, height: 40 }, card, 2.5);
    expect(320 * view.scale + view.x).toBeCloseTo(80);
    expect(240 * view.scale + view.y).toBeCloseTo(60);
  });

  it("places a crop by its region in the image", () => {
    const view = frame({ x: 100, y: 50, width: 80, height: 60 }, null, card, 2.5);
    expect(view).toEqual({ scale: 2, x: -200, y: -100 });
  });
});

describe("rotatedCorners", () => {
  it("turns clockwise about the centre", () => {
    // A 4×2 box centred at (2, 1), turned by 90°: 2 wide, 4 high; its left top corner comes to the right top.
    const expected = [3, -1, 3, 3, 1, 3, 1, -1];
    expect(rotatedCorners([0, 0, 4, 2], 90)).toEqual(
      expected.map((each) => expect.closeTo(each, 9) as number),
    );
  });
});
