// Types of the platform and of the built file that the Worker imports, for the type check.

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "cloudflare:workers" {
  export class DurableObject {
    protected env: { SINGLE_ISOLATE?: unknown };
    protected ctx: {
      id: { toString(): string };
      storage: {
        kv: { get(name: string): unknown; put(name: string, value: unknown): void; list(options: { prefix: string }): Iterable<[string, any]> };
        put(entries: Record<string, unknown>, options: { allowUnconfirmed: boolean }): Promise<void>;
        sync(): Promise<void>;
      };
    };
  }
}

interface DurableObjectNamespace<T> {
  idFromName(name: string): object;
  get(id: object): T;
}
