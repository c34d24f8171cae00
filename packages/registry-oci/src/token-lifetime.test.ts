import { expect, it } from "vitest";
import { tokenLifetimeMs } from "./token-lifetime.ts";

const nowMs = Date.parse("2026-11-21T02:00:00Z");

it.each([
  ["fresh", { issuedAt: "2026-11-21T02:00:00Z", expiresInSeconds: 300 }, undefined, 300_000],
  ["made earlier", { issuedAt: "2026-11-21T01:58:00Z", expiresInSeconds: 300 }, undefined, 180_000],
  ["in the future", { issuedAt: "2026-11-21T03:00:00Z", expiresInSeconds: 300 }, undefined, 300_000],
  ["over already", { issuedAt: "2026-11-21T01:00:00Z", expiresInSeconds: 300 }, undefined, 300_000],
  ["without a date", { issuedAt: "long ago", expiresInSeconds: 300 }, undefined, 300_000],
  ["too short", { expiresInSeconds: 1 }, undefined, 60_000],
  ["without anything", {}, undefined, 60_000],
  ["good for ever", { expiresInSeconds: 1e305 }, undefined, 86_400_000],
  ["fresh by a clock an hour ahead", { issuedAt: "2026-11-21T03:00:00Z", expiresInSeconds: 300 }, 3_600_000, 300_000],
  [
    "two minutes old by a clock 3 minutes behind",
    { issuedAt: "2026-11-21T01:55:00Z", expiresInSeconds: 300 },
    -180_000,
    180_000,
  ],
])("a token that is %s", (_, answer, skewMs, expected) => {
  const date = skewMs === undefined ? undefined : new Date(nowMs + skewMs).toUTCString();
  const headers = { get: (name: string) => (name === "date" ? date : undefined), getAll: () => [] };
  expect(tokenLifetimeMs(answer, { headers, nowMs })).toBe(expected);
});
