// Preloaded by a test: notes every module of Octokit that is loaded.
import { register } from "node:module";
import { MessageChannel } from "node:worker_threads";

const hooks = `
let port;
export async function initialize(data) { port = data.port; }
export async function load(url, context, next) {
  if (url.includes("/@octokit/")) port.postMessage(url);
  return next(url, context);
}`;
const { port1, port2 } = new MessageChannel();
globalThis.octokitLoaded = [];
port1.on("message", (url) => globalThis.octokitLoaded.push(url));
port1.unref();
register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: { port: port2 }, transferList: [port2] });
