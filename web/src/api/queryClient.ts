import { QueryCache, QueryClient } from "@tanstack/react-query";
import { reportGone } from "../state/connection";
import { boundCache } from "./cacheBounds";
import { isBusy, ServerGone } from "./client";

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ServerGone) reportGone();
    },
  }),
  defaultOptions: {
    queries: {
      // The server is on this machine: whether there is an internet says nothing about it.
      networkMode: "always",
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      // A busy project is asked again until its holder lets go; every other answer is final.
      retry: (count, error) => isBusy(error) && count < 2,
      retryDelay: 1_500,
    },
    mutations: { networkMode: "always", retry: false },
  },
});

boundCache(queryClient.getQueryCache());
