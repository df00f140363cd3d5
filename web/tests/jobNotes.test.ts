import { expect, test } from "vitest";
import type { Job } from "../src/api/client";
import { madeBy, notesOf } from "../src/state/jobNotes";

const job = (result: Job["result"]): Job => ({ result }) as Job;

test("a job tells of what was lost and of the doctor's warnings, with their counts", () => {
  const found = notesOf(
    job({
      everything_lost: "Not one of the 3 annotations of a.json could be taken in (image_id 7).",
      warnings: [
        { code: "x", severity: "warning", count: 1200, message: "Boxes beyond the image", examples: [] },
        "Ids were matched as text.",
        { unknown: true },
      ],
    }),
  );
  expect(found.lost).toContain("Not one of the 3 annotations");
  expect(found.warnings).toEqual(["Boxes beyond the image: 1,200", "Ids were matched as text."]);
});

test("a job without a result, or with another kind of result, has nothing to tell", () => {
  expect(notesOf(job(null))).toEqual({ lost: null, warnings: [] });
  expect(notesOf(job({ warnings: 3 }))).toEqual({ lost: null, warnings: [] });
});

test("a job that is done opens what it made", () => {
  const ended = (kind: string, result: Job["result"], status: Job["status"] = "done"): Job =>
    ({ kind, project: "p", status, result }) as Job;
  expect(madeBy(ended("coco", { images: 3 }))).toEqual({ project: "p", predictionSet: null, path: null });
  const predictions = madeBy(ended("import-predictions", { prediction_set: "yolo" }));
  expect(predictions).toEqual({ project: "p", predictionSet: "yolo", path: null });
  const file = { project: null, predictionSet: null, path: "/out/labels.json" };
  expect(madeBy(ended("export", { path: "/out/labels.json" }))).toEqual(file);
  expect(madeBy(ended("export", { path: "/out/labels.json", dry_run: true }))).toBeNull();
  expect(madeBy(ended("coco", null, "failed"))).toBeNull();
  expect(madeBy({ ...ended("coco", {}), project: null })).toBeNull();
});
