import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Evaluation } from "../../api/client";
import { evaluationQuery, slowEvaluationQuery, type SlowAnswer } from "../../api/predictions";
import { nextQuestion, sameFilter, sameQuestion, type Question } from "../../state/question";

/** How long sliders rest before what takes seconds is asked for. */
const REST_MS = 400;

/** A question that has stayed the same for a while. */
export function useRested(wanted: Question): Question {
  const [rested, setRested] = useState(wanted);
  useEffect(() => {
    if (sameQuestion(rested, wanted)) return undefined;
    const timer = setTimeout(() => setRested(wanted), REST_MS);
    return () => clearTimeout(timer);
  }, [rested, wanted]);
  return rested;
}

/** The numbers that follow the sliders: one question is on its way at a time, and the last answer stays meanwhile. */
export function useEvaluation(project: string, wanted: Question, enabled: boolean) {
  const [asked, setAsked] = useState(wanted);
  const result = useQuery({ ...evaluationQuery(project, asked), enabled });
  const next = nextQuestion(asked, wanted, result.isFetching);
  if (next !== asked) setAsked(next);
  const data: Evaluation | undefined = result.data;
  return {
    ...result,
    data,
    /** Whether the numbers are of other data than is wanted; those of a position just passed are none. */
    isOld: data !== undefined && !sameFilter(data, wanted),
  };
}

function keepOfSameSet(before: SlowAnswer | undefined, wanted: Question): SlowAnswer | undefined {
  if (before === undefined) return undefined;
  const { predictions, task } = before.question;
  return predictions === wanted.predictions && task === wanted.task ? before : undefined;
}

/** What takes seconds: asked for when the sliders rest, and marked as old until it has come. */
export function useSlowEvaluation(project: string, wanted: Question, enabled: boolean) {
  const rested = useRested(wanted);
  const result = useQuery({
    ...slowEvaluationQuery(project, rested),
    enabled,
    placeholderData: (before: SlowAnswer | undefined) => keepOfSameSet(before, rested),
  });
  const fresh = result.data !== undefined && sameQuestion(result.data.question, wanted);
  return { found: result.data?.found, fresh, error: result.error, refetch: result.refetch };
}
