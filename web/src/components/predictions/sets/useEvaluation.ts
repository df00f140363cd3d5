import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { AnyEvaluation } from "../../../api/client";
import { evaluationQuery, slowEvaluationQuery, type SlowAnswer } from "../../../api/predictions";
import {
  isClassification,
  nextRequest,
  sameFilter,
  sameRequest,
  type EvaluationRequest,
} from "../../../state/evaluationRequest";

/** How long sliders rest before what takes seconds is asked for. */
const REST_MS = 400;

/** A request that has stayed the same for a while. */
export function useRested<Q extends EvaluationRequest>(
  wanted: Q,
  isSame: (a: Q, b: Q) => boolean = sameRequest,
): Q {
  const [rested, setRested] = useState(wanted);
  useEffect(() => {
    if (isSame(rested, wanted)) return undefined;
    const timer = setTimeout(() => setRested(wanted), REST_MS);
    return () => clearTimeout(timer);
  }, [rested, wanted, isSame]);
  return rested;
}

/** The numbers that follow the sliders: one request is on its way at a time, and the last answer stays meanwhile. */
export function useEvaluation(project: string, wanted: EvaluationRequest, enabled: boolean) {
  const [asked, setAsked] = useState(wanted);
  const result = useQuery({ ...evaluationQuery(project, asked), enabled });
  const next = nextRequest(asked, wanted, result.isFetching);
  if (next !== asked) setAsked(next);
  const last: AnyEvaluation | undefined = result.data;
  // The answer about a set of the other kind has nothing that is shown of this one.
  const data = last !== undefined && isClassification(last) === isClassification(wanted) ? last : undefined;
  return {
    ...result,
    data,
    /** Whether the numbers are of other data than is wanted; those of a position just passed are none. */
    isOld: data !== undefined && !sameFilter(data, wanted),
  };
}

/** Keeps the answer of other sliders or another filter, of the same set, until the new one has come. */
function keepOfSameSet(before: SlowAnswer | undefined, wanted: EvaluationRequest) {
  if (before === undefined) return undefined;
  const { predictions, task } = before.request;
  return predictions === wanted.predictions && task === wanted.task ? before : undefined;
}

/** What takes seconds, asked for when the sliders rest; marked as old where it is not the wanted request's. */
export function useSlowEvaluation(project: string, wanted: EvaluationRequest, enabled: boolean) {
  const rested = useRested(wanted);
  const { data, error, refetch } = useQuery({
    ...slowEvaluationQuery(project, rested),
    enabled,
    placeholderData: (before) => keepOfSameSet(before, rested),
  });
  const fresh = data !== undefined && sameRequest(data.request, wanted);
  return { found: data?.found, fresh, error, refetch };
}
