import { describe, expect, it } from "vitest";
import { ApiProblem, toProblem, type Job } from "../src/api/client";
import { shareOf, zoneOf, zonesOf } from "../src/components/charts/zones";
import { formulaToHtml } from "../src/components/ui/formula";
import { jobShare, jobText } from "../src/state/jobs";
import { placeError } from "../src/state/problems";

describe("formulaToHtml", () => {
  it("writes names, symbols and indices", () => {
    expect(formulaToHtml("\\max_b \\mathrm{IoU}(a, b)")).toBe(
      "max<sub><var>b</var></sub> IoU(<var>a</var>, <var>b</var>)",
    );
    expect(formulaToHtml("W \\cdot H \\ge 2")).toBe("<var>W</var> · <var>H</var> ≥ 2");
    expect(formulaToHtml("10^8 h")).toBe("10<sup>8</sup> <var>h</var>");
  });

  it("lets no markup through", () => {
    expect(formulaToHtml("a < b")).toBe("<var>a</var> &lt; <var>b</var>");
  });
});

describe("outlier zones", () => {
  const limits = {
    moderate_low: null,
    severe_low: null,
    moderate_high: 0.6,
    severe_high: 0.85,
    inclusive: true,
  };
  const bins = [
    { low: 0, high: 0.5, count: 9, query: "" },
    { low: 0.5, high: 1, count: 1, query: "" },
  ];

  it("tells severity at the limits", () => {
    expect(zoneOf(0.85, limits)).toBe("severe");
    expect(zoneOf(0.6, limits)).toBe("moderate");
    expect(zoneOf(0.6, { ...limits, inclusive: false })).toBe("none");
  });

  it("tints from limit to limit", () => {
    expect(zonesOf(limits, bins, "linear")).toEqual([
      { from: 0.6, to: 0.85, severity: "moderate" },
      { from: 0.85, to: 1, severity: "severe" },
    ]);
  });

  it("places values on a logarithmic axis", () => {
    const decades = [
      { low: 1, high: 10, count: 1, query: "" },
      { low: 10, high: 100, count: 1, query: "" },
    ];
    expect(shareOf(10, decades, "log")).toBeCloseTo(0.5);
    expect(shareOf(0, decades, "log")).toBe(0);
  });
});

describe("placeError", () => {
  const problem = (extra: object) =>
    new ApiProblem({ type: "", title: "No such folder.", status: 422, code: "input", ...extra });

  it("finds the field by the value that was sent", () => {
    const placed = placeError(problem({ item: "/data/x", hint: "Choose another." }), {
      images: "/data/x",
      name: null,
    });
    expect(placed).toEqual({ fields: { images: "No such folder. Choose another." }, general: null });
  });

  it("puts a taken name at the name", () => {
    expect(placeError(problem({ code: "exists" }), { name: null }).fields.name).toBe(
      "No such folder. Choose another name.",
    );
  });

  it("keeps the rest for the form", () => {
    expect(placeError(problem({}), { images: "/data/x" })).toEqual({
      fields: {},
      general: "No such folder.",
    });
  });
});

describe("toProblem", () => {
  it("makes a problem of an answer that is none", () => {
    expect(toProblem("Internal Server Error", 500)).toMatchObject({
      status: 500,
      code: "unknown",
      actual: "Internal Server Error",
    });
  });
});

describe("jobs", () => {
  const job: Job = {
    id: "1",
    kind: "import",
    title: "Import",
    project: "p",
    status: "running",
    stage: "Measuring",
    ...{
      done: 1200,
      total: 5000,
      rate: 310.4,
      seconds_left: 12,
      started_by: "web",
      created: "",
      finished: null,
    },
    resumable: true,
    result: null,
    error: null,
  };

  it("says how far it is", () => {
    expect(jobText(job)).toBe("Measuring · 1,200 of 5,000 · 310 a second · 12 s left");
    expect(jobShare(job)).toBeCloseTo(0.24);
    expect(jobShare({ ...job, total: null })).toBeNull();
    expect(jobText({ ...job, status: "failed" })).toBe("Failed");
  });
});
