import { defineConfig, type FamilyConfig } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { formatPermissions, requiredPermissions } from "./required-permissions.ts";

const definition = (change: Partial<FamilyConfig> = {}) =>
  defineConfig({
    name: "family",
    repository: "ghcr.io/o/{image}",
    version: { source: "python.org", scheme: "cpython-tag", line: "3.14" },
    images: { app: { workflow: "app.yml" } },
    tags: ["{version}"],
    ...change,
  } as FamilyConfig);
const here = { repository: "o/n" };

describe("requiredPermissions", () => {
  it("is the least for a family in one Git repository and GHCR", () => {
    const report = requiredPermissions(definition(), here);
    expect(report.coordinator).toEqual({ contents: "read", actions: "write", packages: "write" });
    expect(report.builds).toEqual({ contents: "read", packages: "write" });
    expect(report.otherRepositories).toEqual([]);
    expect(report.reasons).toHaveLength(3);
  });

  it("needs no packages elsewhere, and the token of the job where that is the key", () => {
    const elsewhere = definition({ repository: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/{image}" });
    expect(requiredPermissions(elsewhere, here).coordinator).toEqual({ contents: "read", actions: "write" });
    const oidcRegistries = ["123456789012.dkr.ecr.eu-west-1.amazonaws.com"];
    const report = requiredPermissions(elsewhere, { ...here, oidcRegistries });
    expect(report.coordinator).toEqual({ contents: "read", actions: "write", "id-token": "write" });
    expect(report.builds).toEqual({ contents: "read", "id-token": "write" });
  });

  it("reads packages for a base at GHCR", () => {
    const images = { app: { workflow: "app.yml", base: "ghcr.io/o/base:1" } };
    const report = requiredPermissions(definition({ repository: "registry.example/{image}", images }), here);
    expect(report.builds).toEqual({ contents: "read", packages: "read" });
  });

  it("names the Git repositories in which the job's own token can do nothing", () => {
    const images = { app: { workflow: "app.yml", gitRepository: "other/builds" } };
    const report = requiredPermissions(definition({ images }), here);
    expect(report.coordinator).not.toHaveProperty("actions");
    expect(report.otherRepositories).toMatchObject([{ gitRepository: "other/builds" }]);
    expect(requiredPermissions(definition({ images }), { repository: "Other/Builds" }).otherRepositories).toEqual([]);
  });

  it("lets the coordinator, not the builds, write to copies, and dispatch tests", () => {
    const ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    const copies = ["ghcr.io/o/{image}", `${ecr}/{image}`];
    const images = { app: { workflow: "app.yml", gitRepository: "other/builds" } };
    const test = { workflow: "test.yml", gitRepository: "o/n" };
    const copied = definition({ repository: "registry.example/{image}", images, copies, test });
    const report = requiredPermissions(copied, { ...here, oidcRegistries: [ecr] });
    expect(report.coordinator).toEqual({
      contents: "read",
      actions: "write",
      packages: "write",
      "id-token": "write",
    });
    expect(report.builds).toEqual({ contents: "read" });
    expect(report.otherRepositories).toMatchObject([{ gitRepository: "other/builds" }]);
  });

  it("is written as in a workflow", () => {
    expect(formatPermissions({ packages: "write", actions: "read" })).toBe(
      "permissions:\n  actions: read\n  packages: write\n",
    );
    expect(formatPermissions({})).toBe("permissions: {}\n");
  });
});
