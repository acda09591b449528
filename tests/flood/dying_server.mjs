// The control of the flood: a server that fails on purpose. It closes each EVERY-th connection without an answer, and ends after LAST
// answers with a line in its log; the flood must find both. Started by flood.test.mjs as a program.
//   node dying_server.mjs PORT EVERY LAST      0: never
import { createServer } from "node:http";

const [port, every, last] = process.argv.slice(2).map(Number);
let connections = 0;
let answers = 0;

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.end("hello"));
  response.on("finish", () => {
    if (++answers !== last) return;
    process.stderr.write("a line before\nfatal: this server ends here\n");
    process.exit(1);
  });
});
server.on("connection", (socket) => {
  if (every > 0 && ++connections % every === 0) socket.destroy();
});
server.listen(port, "127.0.0.1");
