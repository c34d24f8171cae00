import { expect, it } from "vitest";
import { type Http2End, http2Failure } from "./http2-failure.ts";
import { classifyTransportFailure } from "./transport-failure.ts";

const withCode = (code: string) => Object.assign(new Error("x"), { code });
const reset = withCode("ERR_HTTP2_STREAM_ERROR");
const left = (code: number, lastStreamId: number) => ({ code, lastStreamId });

it.each<[string, Partial<Http2End>, string, boolean]>([
  ["refused", { code: 7, error: reset }, "HTTP2_REFUSED_STREAM", true],
  ["never opened", { streamId: undefined }, "HTTP2_REFUSED_STREAM", true],
  ["beyond the last", { goAway: left(0, 3) }, "HTTP2_REFUSED_STREAM", true],
  ["the last", { goAway: left(0, 5), isSessionOver: true }, "ECONNRESET", false],
  ["beyond the last, with an error", { goAway: left(2, 3) }, "HTTP2_REFUSED_STREAM", true],
  ["the last, with an error", { goAway: left(2, 5), isSessionOver: true }, "HTTP2_INTERNAL_ERROR", false],
  ["asked to be calm", { goAway: left(11, 3), isSessionOver: true }, "HTTP2_ENHANCE_YOUR_CALM", false],
  ["reset", { code: 2, error: reset }, "HTTP2_INTERNAL_ERROR", false],
  ["reset with a code of the future", { code: 99, error: reset }, "HTTP2_99", false],
  ["reset and then left", { code: 2, error: reset, isSessionOver: true }, "HTTP2_INTERNAL_ERROR", false],
  ["ended without an error", { code: 0 }, "HTTP2_ENDED_EARLY", false],
  ["connection closed", { code: 8, isSessionOver: true }, "ECONNRESET", false],
  ["connection failed", { code: 2, error: withCode("ETIMEDOUT"), isSessionOver: true }, "ETIMEDOUT", false],
])("a stream that was %s", (_, end, code, unprocessed) => {
  const given = { streamId: 5, code: undefined, error: undefined, isSessionOver: false, goAway: undefined, ...end };
  const failure = http2Failure(given);
  expect([failure.code, failure.unprocessed]).toEqual([code, unprocessed]);
  const classified = classifyTransportFailure(failure, "GET /");
  expect([classified.retryable, classified.unprocessed]).toEqual([true, unprocessed]);
  expect(classified.connectionLost).toBe(code === "ECONNRESET");
});
