/** Which field of a form an error belongs to. */
import { ApiProblem } from "../api/client";

export interface FieldErrors {
  /** By field name. */
  fields: Readonly<Record<string, string>>;
  /** What belongs to no field. */
  general: string | null;
}

/**
 * Put an error at its field: where it names the field or the value that was sent; "exists" concerns the name.
 */
export function placeError(
  error: Error | null,
  values: Readonly<Record<string, string | null>>,
): FieldErrors {
  if (error === null) return { fields: {}, general: null };
  const text = [error.message, error instanceof ApiProblem ? error.problem.hint : null]
    .filter(Boolean)
    .join(" ");
  if (!(error instanceof ApiProblem)) return { fields: {}, general: text };
  const { item, code } = error.problem;
  const field = Object.keys(values).find(
    (name) => item === name || (item !== null && item !== undefined && item !== "" && item === values[name]),
  );
  if (field !== undefined) return { fields: { [field]: text }, general: null };
  if (code === "exists" && "name" in values) return { fields: { name: text }, general: null };
  return { fields: {}, general: text };
}
