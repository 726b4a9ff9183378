// mcp_client.mjs MODULES URL COMMAND: lists the tools of the MCP server at URL with the SDK that lies
// in MODULES, and the headers that COMMAND prints when it is told the server.
import { execFileSync } from "node:child_process";

const [modules, url, command] = process.argv.slice(2);
const sdk = `${modules}/@modelcontextprotocol/sdk/dist/esm/client`;
const { Client } = await import(`${sdk}/index.js`);
const { StreamableHTTPClientTransport } = await import(`${sdk}/streamableHttp.js`);

const env = { ...process.env, CLAUDE_CODE_MCP_SERVER_NAME: "demo", CLAUDE_CODE_MCP_SERVER_URL: url };
const headers = JSON.parse(execFileSync("sh", ["-c", command], { env, encoding: "utf8" }));
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
const client = new Client({ name: "interop", version: "1" });
await client.connect(transport);
const { tools } = await client.listTools();
console.log(tools.map((tool) => tool.name).join(" "));
await client.close();
