import { expect, it } from "vitest";
import { redactText, redactUrl } from "./redact.ts";

it.each([
  ["https://u:p@h/x?token=abc&scope=pull#frag", "https://h/x?token=***&scope=pull"],
  [
    "https://h/x?X-Amz-Signature=abc&X-Amz-Credential=def&n=1",
    "https://h/x?X-Amz-Signature=***&X-Amz-Credential=***&n=1",
  ],
  ["https://h/x?sig=abc&se=2026", "https://h/x?sig=***&se=2026"],
  ["not a url", "(not a URL)"],
])("%s is shown as %s", (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});

it.each([
  "Authorization: Bearer abcdefS3CRET",
  "basic S3CRETdXNlcjpw==",
  '{"token":"S3CRET","other":1}',
  "access_token=S3CRET&x=1",
  "https://user:S3CRET@host/",
  "ghp_S3CRETS3CRET is wrong",
  "eyJhS3CRET.eyJiS3CRET.S3CRET",
])("%s loses its secret", (text) => {
  expect(redactText(text)).not.toContain("S3CRET");
});

it("shows at most the asked length on one line", () => {
  expect(redactText("a\r\n\tb\u0000c  d")).toBe("a b c d");
  expect(redactText("x".repeat(10_000), 50)).toHaveLength(51);
});
