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
  if (!(error instanceof ApiProblem)) return { fields: {}, general: error.message };
  const { item, code, hint } = error.problem;
  if (code === "exists" && "name" in values) {
    return { fields: { name: `${error.message} Choose another name.` }, general: null };
  }
  const text = hint ? `${error.message} ${hint}` : error.message;
  const field = Object.keys(values).find(
    (name) => item === name || (item !== null && item !== undefined && item !== "" && item === values[name]),
  );
  if (field !== undefined) return { fields: { [field]: text }, general: null };
  return { fields: {}, general: text };
}
