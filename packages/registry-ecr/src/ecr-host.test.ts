import { expect, it } from "vitest";
import { formatEcrHost, parseEcrHost } from "./ecr-host.ts";

const accountId = "123456789012";

it.each([
  ["eu-central-1", {}, "123456789012.dkr.ecr.eu-central-1.amazonaws.com"],
  ["us-east-1", { fips: true }, "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com"],
  ["us-east-1", { dualStack: true }, "123456789012.dkr-ecr.us-east-1.on.aws"],
  ["us-east-1", { dualStack: true, fips: true }, "123456789012.dkr-ecr-fips.us-east-1.on.aws"],
  ["us-gov-west-1", { fips: true }, "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com"],
  ["cn-north-1", {}, "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"],
  ["cn-north-1", { dualStack: true }, "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn"],
  ["us-iso-east-1", {}, "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov"],
  ["us-isob-east-1", {}, "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov"],
  ["eu-isoe-west-1", {}, "123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk"],
  ["us-isof-south-1", {}, "123456789012.dkr.ecr.us-isof-south-1.csp.hci.ic.gov"],
  ["eusc-de-east-1", {}, "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu"],
])("%s %o is %s, and back", (region, options, host) => {
  expect(formatEcrHost({ accountId, region, ...options })).toBe(host);
  expect(parseEcrHost(host)).toEqual({ accountId, region, fips: false, dualStack: false, ...options });
});

it.each([
  ["cn-north-1", { fips: true }],
  ["us-iso-east-1", { dualStack: true }],
  ["eusc-de-east-1", { dualStack: true }],
  ["localhost", {}],
  ["", {}],
])("refuses %s %o, whose name is not known", (region, options) => {
  expect(() => formatEcrHost({ accountId, region, ...options })).toThrow(
    expect.objectContaining({ code: "INVALID_INPUT" }),
  );
});

it.each([
  "public.ecr.aws",
  "12345.dkr.ecr.us-east-1.amazonaws.com",
  "123456789012.dkr.ecr.us-east-1.amazonaws.com.cn",
  "123456789012.dkr.ecr.cn-north-1.amazonaws.com",
  "123456789012.dkr-ecr.us-east-1.amazonaws.com",
  "123456789012.dkr.ecr.us-east-1.on.aws",
  "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example",
  "evil.123456789012.dkr.ecr.us-east-1.amazonaws.com",
  "123456789012.dkr.ecr.us-east-1.amazonaws.com:443",
  "123456789012.dkr.ecr-fips.cn-north-1.amazonaws.com.cn",
])("does not take %s for a private registry of Amazon ECR", (host) => {
  expect(parseEcrHost(host)).toBeUndefined();
});

it("reads nothing that it would not write", () => {
  const styles = ["dkr.ecr", "dkr-ecr", "dkr.ecr-fips", "dkr-ecr-fips", "dkr.ecr.fips", "dkr"];
  const regions = [
    "us-east-1",
    "us-gov-east-1",
    "cn-north-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "x",
  ];
  const suffixes = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "on.aws",
    "on.amazonwebservices.com.cn",
    "c2s.ic.gov",
  ];
  let parsedCount = 0;
  for (const style of styles) {
    for (const region of regions) {
      for (const suffix of suffixes) {
        const host = `${accountId}.${style}.${region}.${suffix}`;
        const parsed = parseEcrHost(host);
        if (parsed === undefined) continue;
        parsedCount += 1;
        expect(formatEcrHost(parsed)).toBe(host);
      }
    }
  }
  expect(parsedCount).toBe(12);
});
