/** Made by `make generate` from assay.project.vocabulary; not to be edited. */

/** What became of an object. */
export const OUTCOMES = ["ignored", "tp", "fp", "matched", "fn"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Why an object is an error. */
export const REASONS = [
  "none",
  "localisation",
  "class",
  "duplicate",
  "background",
  "class+localisation",
  "missed",
] as const;
export type Reason = (typeof REASONS)[number];

/** What became of an image from one prediction set to another. */
export const CHANGES = ["right", "fixed", "broken", "wrong"] as const;
export type Change = (typeof CHANGES)[number];

/** What is known of an image's file. */
export const IMAGE_STATUSES = ["ok", "missing", "unreadable", "unknown"] as const;
export type ImageStatus = (typeof IMAGE_STATUSES)[number];

/** How far a value lies outside a metric's limits. */
export const SEVERITIES = ["none", "moderate", "severe"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How unsure a prediction set's model is about an image, function by function. */
export const ACQUISITION_KEYS = [
  "acq_entropy",
  "acq_least_confidence",
  "acq_margin",
  "acq_variance",
  "acq_mean_confidence",
] as const;
export type AcquisitionKey = (typeof ACQUISITION_KEYS)[number];

/** How many of an image's objects an evaluation finds right and wrong, as metrics of the image. */
export const OUTCOME_COUNT_KEYS = ["error_count", "fp_count", "fn_count", "tp_count"] as const;
export type OutcomeCountKey = (typeof OUTCOME_COUNT_KEYS)[number];
