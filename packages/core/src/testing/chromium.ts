// biome-ignore-all lint/correctness/noNodejsModules: tests may start a browser, core itself may not
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** A page in a browser of its own, driven by real input events. */
export interface BrowserPage {
  /** Addresses the page asked for, its own first. */
  readonly requests: readonly string[];
  /** What an expression comes to in the page; promises are awaited. */
  evaluate(expression: string): Promise<unknown>;
  /** Waits, frame by frame, until an expression holds in the page. */
  until(condition: string): Promise<void>;
  /** Presses and releases the mouse in the middle of the first element that the selector finds. */
  click(selector: string): Promise<void>;
  /** Presses and releases a key, for example `Tab`. */
  press(key: "Tab" | "Enter" | "Escape" | "ArrowDown"): Promise<void>;
  /** Types into what has the focus. */
  type(text: string): Promise<void>;
  /** What the page looks like, as PNG. */
  screenshot(): Promise<Uint8Array>;
  /** Any command of the DevTools protocol. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** How a page is opened. */
export interface OpenOptions {
  readonly scheme?: "light" | "dark";
  /** Whether scripts of the page run. Default true. */
  readonly scripts?: boolean;
}

/** A headless Chromium. */
export interface Browser {
  open(url: string, options?: OpenOptions): Promise<BrowserPage>;
  close(): Promise<void>;
}

const commands = ["chromium", "chromium-browser", "google-chrome"];
const keyCodes = { Tab: 9, Enter: 13, Escape: 27, ArrowDown: 40 } as const;

/** Starts the Chromium that is installed; `undefined` where there is none. */
export async function startChromium(): Promise<Browser | undefined> {
  const command = commands.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
  if (command === undefined) return undefined;
  const profile = await mkdtemp(join(tmpdir(), "bayplan-chromium-"));
  // Over a pipe there is no port to find and no WebSocket to speak, and the browser ends with this process. The page is
  // our own and the machine may be a container without user namespaces, hence no sandbox.
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"];
  const quiet = ["--disable-background-networking", "--disable-dev-shm-usage"];
  const child = spawn(command, [...flags, ...quiet, "--remote-debugging-pipe", `--user-data-dir=${profile}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const wire = createWire(child.stdio[3] as Writable, child.stdio[4] as Readable, ended);
  return {
    open: (url, options = {}) => openPage(wire, url, options),
    async close() {
      await wire.send("Browser.close").catch(() => child.kill("SIGKILL"));
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

type Params = Record<string, unknown>;
type Listener = (method: string, params: Params) => void;

interface Wire {
  send(method: string, params?: object, session?: string): Promise<Params>;
  listen(session: string, listener: Listener): void;
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

/** The DevTools protocol over a pipe: JSON texts, each ended by a zero byte. */
function createWire(input: Writable, output: Readable, ended: Promise<void>): Wire {
  const waiting = new Map<number, (message: Message) => void>();
  const listeners = new Map<string, Listener>();
  let last = 0;
  let rest = "";
  const receive = (message: Message) => {
    if (message.id !== undefined) {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    } else {
      listeners.get(message.sessionId ?? "")?.(message.method ?? "", message.params ?? {});
    }
  };
  input.on("error", () => undefined);
  output.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = `${rest}${chunk}`.split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) receive(JSON.parse(part));
  });
  let isOver = false;
  const over: Message = { error: { message: "the browser has ended" } };
  void ended.then(() => {
    isOver = true;
    for (const settle of waiting.values()) settle(over);
  });
  return {
    send(method, params = {}, session) {
      last += 1;
      const id = last;
      return new Promise((resolve, reject) => {
        const settle = ({ result, error }: Message) =>
          error === undefined ? resolve(result ?? {}) : reject(new Error(`${method}: ${error.message}`));
        if (isOver) return settle(over);
        waiting.set(id, settle);
        input.write(
          `${JSON.stringify({ id, method, params, ...(session === undefined ? {} : { sessionId: session }) })}\0`,
        );
      });
    },
    listen: (session, listener) => listeners.set(session, listener),
  };
}

async function openPage(
  wire: Wire,
  url: string,
  { scheme = "light", scripts = true }: OpenOptions,
): Promise<BrowserPage> {
  const { targetId } = await wire.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await wire.send("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  const send = (method: string, params: object = {}) => wire.send(method, params, session);
  const requests: string[] = [];
  const loaded = new Promise<void>((resolve) => {
    wire.listen(session, (method, params) => {
      if (method === "Network.requestWillBeSent") requests.push((params["request"] as { readonly url: string }).url);
      if (method === "Page.loadEventFired") resolve();
    });
  });
  await send("Page.enable");
  await send("Network.enable");
  await send("Emulation.setScriptExecutionDisabled", { value: !scripts });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await send("Emulation.setDeviceMetricsOverride", { width: 1200, height: 800, deviceScaleFactor: 1, mobile: false });
  await send("Page.navigate", { url });
  await loaded;

  const evaluate = async (expression: string) => {
    const answer = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer["exceptionDetails"] !== undefined) throw new Error(JSON.stringify(answer["exceptionDetails"]));
    return (answer["result"] as { readonly value?: unknown }).value;
  };
  return {
    requests,
    evaluate,
    send,
    async until(condition) {
      const frame = "await new Promise((next) => requestAnimationFrame(next))";
      await evaluate(`(async () => { while (!(${condition})) ${frame}; })()`);
    },
    async click(selector) {
      const box = `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()`;
      const { x, y } = (await evaluate(
        `(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))(${box})`,
      )) as {
        readonly x: number;
        readonly y: number;
      };
      const button = { x, y, button: "left", clickCount: 1 };
      await send("Input.dispatchMouseEvent", { type: "mousePressed", ...button });
      await send("Input.dispatchMouseEvent", { type: "mouseReleased", ...button });
    },
    async press(key) {
      const event = {
        key,
        code: key,
        windowsVirtualKeyCode: keyCodes[key],
        ...(key === "Enter" ? { text: "\r" } : {}),
      };
      await send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    },
    type: async (text) => void (await send("Input.insertText", { text })),
    async screenshot() {
      const { data } = await send("Page.captureScreenshot", { format: "png" });
      return Buffer.from(String(data), "base64");
    },
    close: async () => void (await wire.send("Target.closeTarget", { targetId })),
  };
}
