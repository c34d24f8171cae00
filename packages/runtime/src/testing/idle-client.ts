import { readFileSync } from "node:fs";
import { createHttpClient } from "../http-client.ts";

// Asks once, and closes nothing: the process must end by itself. Arguments: URL, file with the authority.
const [url = "", file = ""] = process.argv.slice(2);
const http = createHttpClient({ certificateAuthorities: { "127.0.0.1": readFileSync(file, "utf8") }, env: {} });
const { status } = await http.request({ method: "GET", url });
process.stdout.write(String(status));
