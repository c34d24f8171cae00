import { expect, it } from "vitest";
import { proxyFor } from "./proxy-for.ts";

const env = { https_proxy: "http://proxy.test:3128", HTTP_PROXY: "plain.test:8080" };

it.each([
  ["https://registry.test/", {}, "http://proxy.test:3128/"],
  ["http://registry.test/", {}, "http://plain.test:8080/"],
  ["https://registry.test/", { HTTPS_PROXY: "http://other.test" }, "http://proxy.test:3128/"],
  ["https://127.0.0.1:5000/", {}, undefined],
  ["https://localhost/", {}, undefined],
  ["https://registry.test/", { no_proxy: "*" }, undefined],
  ["https://registry.test/", { NO_PROXY: "a.test, registry.test" }, undefined],
  ["https://sub.registry.test/", { no_proxy: "registry.test" }, undefined],
  ["https://sub.registry.test/", { no_proxy: ".registry.test" }, undefined],
  ["https://sub.registry.test/", { no_proxy: "*.registry.test" }, undefined],
  ["https://notregistry.test/", { no_proxy: "registry.test" }, "http://proxy.test:3128/"],
  ["https://registry.test:5000/", { no_proxy: "registry.test:5000" }, undefined],
  ["https://registry.test/", { no_proxy: "registry.test:5000" }, "http://proxy.test:3128/"],
  ["https://registry.test/", { no_proxy: "registry.test:443" }, undefined],
  ["https://registry.test/", { no_proxy: " , ," }, "http://proxy.test:3128/"],
  ["https://registry.test/", { https_proxy: "" }, undefined],
])("%s with %j goes through %s", (url, more, expected) => {
  expect(proxyFor(new URL(url), { ...env, ...more })?.href).toBe(expected);
});

it.each(["socks5://user:dummy-secret@proxy.test", "http://:bad:"])(
  "refuses the proxy %s without showing its password",
  (given) => {
    const choose = () => proxyFor(new URL("https://registry.test/"), { https_proxy: given });
    expect(choose).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    expect(choose).not.toThrow(/dummy-secret/);
  },
);
