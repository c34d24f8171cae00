import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../plan/plan.ts";
import { type BrowserPage, type OpenOptions, startChromium } from "../testing/chromium.ts";
import { at, createWorld } from "../testing/cpython-world.ts";
import { type DrawnPlanNode, drawnPlan } from "../testing/drawn-plan.ts";
import { pngColours } from "../testing/png-colours.ts";
import { explain } from "./explain.ts";
import { renderPlan } from "./render-plan.ts";

const browser = await startChromium();
const pages: BrowserPage[] = [];
const asked: string[] = [];
let html = "";
// Over HTTP, because a page from a file could not ask for much, and a server sees every request there is.
const server = createServer((request, response) => {
  asked.push(request.url ?? "");
  response.setHeader("content-type", "text/html");
  response.end(request.url === "/plan.html" ? html : "window.foreign = true");
});

/** Boxes that can be seen, and where. */
const boxes = `[...document.querySelectorAll("#graph .box")].filter((box) => box.getBoundingClientRect().width > 0)`;
const places = `${boxes}.map((box) => [box.dataset.node, box.getAttribute("x"), box.getAttribute("y")].join())`;
const lines = `[...document.querySelectorAll("#graph .edge:not([hidden])")].map((line) => line.getAttribute("d"))`;
const said = `[...document.querySelectorAll("article")].filter((article) => article.offsetHeight > 0).map((article) => article.innerText)`;
const linkOf = (image: string) => `#graph a[aria-label^="${image} "]`;

describe.skipIf(browser === undefined)("the HTML page in Chromium (skipped: try apt-get install chromium)", () => {
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  // A page in the background draws no frames.
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });

  async function open(page: string, options: OpenOptions & { readonly hash?: string } = {}): Promise<BrowserPage> {
    html = page;
    asked.length = 0;
    const { port } = server.address() as AddressInfo;
    const opened = await browser?.open(`http://127.0.0.1:${port}/plan.html${options.hash ?? ""}`, options);
    if (opened === undefined) throw new Error("no browser");
    pages.push(opened);
    return opened;
  }

  async function mixedPlan(): Promise<Plan> {
    const world = createWorld();
    world.registry.push(at("cpython-asan"));
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, "RATE_LIMITED");
    return world.plan();
  }

  it("shows the reasons of the box that is clicked, and of no other", async () => {
    const plan = await mixedPlan();
    const page = await open(renderPlan(plan, "html"));
    expect(await page.evaluate(said)).toEqual([]);
    for (const image of ["numpy-tsan", "cpython-asan"]) {
      await page.click(linkOf(image));
      await page.until(`document.querySelector('${linkOf(image)}').hasAttribute("aria-current")`);
      const texts = (await page.evaluate(said)) as readonly string[];
      expect(texts).toHaveLength(1);
      for (const reason of plan.nodes.find((node) => node.image === image)?.reasons ?? []) {
        expect(texts[0]).toContain(explain(reason));
      }
    }
    expect(await page.evaluate(`document.querySelectorAll("[aria-current], .edge.chosen").length`)).toBe(2);
  });

  it("needs no script to show reasons", async () => {
    const page = await open(renderPlan(await mixedPlan(), "html"), { scripts: false });
    await page.click(linkOf("numpy-tsan"));
    await page.until(`document.querySelector("article:target") !== null`);
    expect(await page.evaluate(said)).toEqual([expect.stringContaining("its base cpython-tsan@3.14.3t cannot be had")]);
    expect(await page.evaluate(`document.querySelector("form").offsetHeight`)).toBe(0);
  });

  it("is reached by keyboard: Tab, Enter, arrows, and Escape back to the graph", async () => {
    const page = await open(renderPlan(await mixedPlan(), "html"));
    const focused = `document.activeElement.getAttribute("aria-label")`;
    for (let tabs = 0; tabs < 20 && !String(await page.evaluate(focused)).startsWith("cpython-tsan"); tabs += 1) {
      await page.press("Tab");
    }
    await page.press("ArrowDown");
    const label = String(await page.evaluate(focused));
    expect(label).not.toMatch(/^(null|cpython-tsan)/);
    await page.press("Enter");
    await page.until(
      `document.activeElement.localName === "article" && document.querySelector("[aria-current]") !== null`,
    );
    const [text] = (await page.evaluate(said)) as readonly string[];
    expect(text?.split("\n")[0]).toBe(label.split(":")[0]);
    await page.press("Escape");
    expect(await page.evaluate(focused)).toBe(label);
  });

  it("opens on the node that its address names", async () => {
    const page = await open(renderPlan(await mixedPlan(), "html"), { hash: "#node=numpy-asan@3.14.3t" });
    await page.until(`document.querySelector("[aria-current]") !== null`);
    expect(await page.evaluate(said)).toEqual([expect.stringMatching(/^numpy-asan 3\.14\.3t/)]);
    const broken = await open(renderPlan(await mixedPlan(), "html"), { hash: "#node=%E0%A4%A" });
    expect(await broken.evaluate(`document.querySelector("form").hidden`)).toBe(false);
  });

  it("hides what a filter leaves out, closes the ranks, and restores the drawing as it came", async () => {
    const page = await open(renderPlan(await mixedPlan(), "html"));
    const drawn = [await page.evaluate(places), await page.evaluate(lines)];
    const count = `document.querySelector("output").value`;
    await page.click("input[type=search]");
    await page.type("numpy");
    expect(await page.evaluate(count)).toBe("2 of 4 shown");
    expect(await page.evaluate(`${boxes}.map((box) => box.textContent.includes("numpy"))`)).toEqual([true, true]);
    expect(await page.evaluate(lines)).toEqual([]);
    await page.type(" RATE_LIMITED nowhere");
    expect(await page.evaluate(count)).toBe("0 of 4 shown");
    await page.evaluate(`document.querySelector("input[type=search]").select()`);
    await page.type("cpython-tsan");
    // Its dependant is blocked because of it, and a reason is searched like a name.
    expect(await page.evaluate(count)).toBe("2 of 4 shown");
    await page.click(`input[value="blocked"]`);
    expect(await page.evaluate(`${boxes}.map((box) => box.dataset.state)`)).toEqual(["unknown"]);
    await page.click(`input[value="blocked"]`);
    await page.evaluate(`document.querySelector("input[type=search]").select()`);
    await page.type("a");
    expect(await page.evaluate(count)).toBe("4 of 4 shown");
    expect([await page.evaluate(places), await page.evaluate(lines)]).toEqual(drawn);
  });

  it("places boxes in the script as it does in core, with everything a layout can have", async () => {
    const fan = Array.from({ length: 40 }, (_, index) => ({ image: `child${index}`, bases: ["root@1"] }));
    const chain = [
      { image: "a", bases: ["outside/one:1", "outside/shared:1"] },
      { image: "b", bases: ["a@1"] },
      { image: "c", bases: ["b@1", "outside/shared:1"] },
    ];
    const alone = Array.from({ length: 7 }, (_, index) => ({ image: `alone${index}` }));
    const page = await open(renderPlan(drawnPlan([...alone, ...chain, { image: "root" }, ...fan]), "html"));
    const drawing = `[${places}, ${lines}, document.querySelector("#graph").outerHTML.slice(0, 400)]`;
    const drawn = await page.evaluate(drawing);
    await page.click("input[type=search]");
    await page.type("child1");
    // Eleven children and nothing else: the outside and the heading of the loose ones go too.
    expect(await page.evaluate(`${boxes}.length`)).toBe(11);
    expect(await page.evaluate(`document.querySelector("#loose").getBoundingClientRect().width`)).toBe(0);
    await page.evaluate(`document.querySelector("input[type=search]").select()`);
    await page.type("1");
    expect(await page.evaluate(drawing)).toEqual(drawn);
  });

  it("looks like something in light and in dark", async () => {
    const plan = renderPlan(await mixedPlan(), "html");
    const most = async (scheme: "light" | "dark") => {
      const colours = pngColours(await (await open(plan, { scheme })).screenshot());
      expect(colours.size).toBeGreaterThan(50);
      const [[colour, share] = ["", 0]] = [...colours].sort((left, right) => right[1] - left[1]);
      expect(share).toBeLessThan(0.95);
      return Math.max(...colour.split(",").map(Number));
    };
    expect(await most("light")).toBeGreaterThan(200);
    expect(await most("dark")).toBeLessThan(60);
  });

  it("asks the network for nothing, whatever names hold, and runs nothing of theirs", async () => {
    const { port } = server.address() as AddressInfo;
    const away = `http://127.0.0.1:${port}/away`;
    const hostile = [
      `<img src=${away} onerror=window.foreign=true>`,
      `</script><script src="${away}"></script>`,
      `</style><style>@import "${away}"</style>`,
      `"><svg onload="window.foreign=true"><a href="`,
      `' style='background:url(${away})`,
      `\u2028window.foreign=true\u2029]]><!--`,
      `</title></article></text><link rel=stylesheet href=${away}>`,
    ];
    const nodes = hostile.map((text) => ({ image: text, because: text, tags: [text], bases: [text] }));
    const page = await open(renderPlan(drawnPlan(nodes, { leg: hostile.join("") }), "html"));
    expect(await page.evaluate(`document.querySelectorAll("article").length`)).toBe(hostile.length);
    expect(await page.evaluate(`document.querySelectorAll("script, style, link, img").length`)).toBe(2);
    await page.click("#graph a");
    await page.until(`document.querySelector("[aria-current]") !== null`);
    expect(await page.evaluate(said)).toEqual([expect.stringContaining(hostile[0] ?? "")]);
    expect(await page.evaluate("window.foreign")).toBeUndefined();
    expect(asked).toEqual(["/plan.html"]);
    expect(page.requests).toHaveLength(1);
  });

  it("forbids what somebody adds to the file afterwards", async () => {
    const added = `<script>window.foreign = true</script><script src="/away"></script><img src="/away"><p style="color:red" onclick="window.foreign = true">added</p>`;
    const page = await open(renderPlan(await mixedPlan(), "html").replace("<main>", `${added}<main>`));
    const colour = `getComputedStyle(document.querySelector("body > p")).color`;
    expect(await page.evaluate(colour)).not.toBe("rgb(255, 0, 0)");
    await page.evaluate(`document.querySelector("body > p").click()`);
    expect(await page.evaluate("window.foreign")).toBeUndefined();
    expect(asked).toEqual(["/plan.html"]);
  });

  it("gives every link, field and graph a name that can be heard", async () => {
    const page = await open(renderPlan(await mixedPlan(), "html"));
    const { nodes } = (await page.send("Accessibility.getFullAXTree")) as {
      readonly nodes: readonly { readonly role?: { value: string }; readonly name?: { value: string } }[];
    };
    const heard = nodes.filter(({ role }) => ["link", "searchbox", "checkbox", "group"].includes(role?.value ?? ""));
    expect(heard.filter(({ role }) => role?.value === "link")).toHaveLength(4);
    expect(heard.filter(({ role }) => role?.value === "searchbox")).toHaveLength(1);
    expect(heard.filter(({ name }) => (name?.value ?? "").trim() === "")).toEqual([]);
  });

  it("prints the graph and what is said about every image that the filter leaves", async () => {
    const page = await open(renderPlan(await mixedPlan(), "html"));
    await page.click("input[type=search]");
    await page.type("numpy");
    await page.send("Emulation.setEmulatedMedia", { media: "print" });
    expect(await page.evaluate(`${said}.length`)).toBe(2);
    expect(await page.evaluate(`document.querySelector("form").offsetHeight`)).toBe(0);
    expect(await page.evaluate(`document.querySelector("#graph").getBoundingClientRect().width <= innerWidth`)).toBe(
      true,
    );
  });

  it("shows one image, none, and two thousand", async () => {
    const one = await open(renderPlan(drawnPlan([{ image: "only" }]), "html"));
    expect(await one.evaluate(`${boxes}.length`)).toBe(1);
    const none = await open(renderPlan(drawnPlan([]), "html"));
    expect(await none.evaluate(`document.querySelector("main").innerText`)).toContain("no images");
    const many = Array.from({ length: 2000 }, (_, index): DrawnPlanNode => {
      const chain = Math.floor(index / 4);
      return {
        image: `image-${index % 4}`,
        version: `3.${chain}`,
        bases: index % 4 === 0 ? [] : [`image-${(index % 4) - 1}@3.${chain}`],
      };
    });
    const page = await open(renderPlan(drawnPlan(many), "html"));
    expect(await page.evaluate(`${boxes}.length`)).toBe(2000);
    // No two boxes on one place.
    expect(await page.evaluate(`new Set(${places}.map((place) => place.split(",").slice(1).join())).size`)).toBe(2000);
    await page.click("input[type=search]");
    await page.type("3.499");
    expect(await page.evaluate(`${boxes}.length`)).toBe(4);
    await page.click("#graph .box:not([hidden]) a");
    await page.until(`document.querySelector("[aria-current]") !== null`);
    expect(await page.evaluate(said)).toEqual([expect.stringContaining("3.499")]);
  });
});
