import { describe, expect, it } from "vitest";
import { openTestRegistry } from "../testing/open-test-registry.ts";

const basic = `Basic ${Buffer.from("robot:secret").toString("base64")}`;

describe("GET of _catalog", () => {
  it("lists repositories page by page, in lexical order", async () => {
    const registry = openTestRegistry({ pageSize: 2 });
    for (const name of ["team/b", "team/a", "zoo"]) await registry.putBlob(name, name);
    const first = await registry.send("GET", "/v2/_catalog");
    expect(await first.json()).toEqual({ repositories: ["team/a", "team/b"] });
    expect(first.headers.get("link")).toBe('</v2/_catalog?n=2&last=team%2Fb>; rel="next"');
    const second = await registry.send("GET", "/v2/_catalog?n=2&last=team%2Fb");
    expect([await second.json(), second.headers.has("link")]).toEqual([{ repositories: ["zoo"] }, false]);
  });

  it("needs the scope of the whole catalog, which nobody has anonymously", async () => {
    const auth = { kind: "bearer", users: { robot: "secret" }, anonymousPull: true } as const;
    const registry = openTestRegistry({ auth });
    const refused = await registry.send("GET", "/v2/_catalog");
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain('scope="registry:catalog:*"');
    const statusWith = async (authorization: Record<string, string>): Promise<number> => {
      const query = "service=bayplan-testkit&scope=registry:catalog:*";
      const given = await registry.send("GET", `/token?${query}`, { headers: authorization });
      const { token } = (await given.json()) as { token: string };
      return (await registry.send("GET", "/v2/_catalog", { headers: { authorization: `Bearer ${token}` } })).status;
    };
    expect(await statusWith({ authorization: basic })).toBe(200);
    expect(await statusWith({})).toBe(401);
  });
});
