// A service manager's end of sd_notify(3): a datagram socket that takes the messages down. Node has no such sockets; Python has.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const LISTEN = `
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
print("listening", flush=True)
while True: print(manager.recv(4096).decode().splitlines()[0], flush=True)
`;

export class ServiceManager {
  /** @type {string[]} the first line of each message */
  messages = [];
  #folder = mkdtempSync(join(tmpdir(), "rekey-manager-"));
  socket = join(this.#folder, "notify");
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #listener;

  /** Resolves when the socket is there. */
  async start() {
    const listener = spawn("python3", ["-c", LISTEN, this.socket], { stdio: ["ignore", "pipe", "inherit"] });
    this.#listener = listener;
    await new Promise((resolve, reject) => {
      listener.once("exit", () => reject(new Error("the listener has ended")));
      listener.stdout.setEncoding("utf8").on("data", (text) => {
        this.messages.push(...text.split("\n").filter(Boolean));
        if (this.messages[0] === "listening") resolve(this.messages.shift());
      });
    });
    return this;
  }

  stop() {
    this.#listener?.removeAllListeners("exit").kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
