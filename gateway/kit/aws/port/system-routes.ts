/** Paths that belong to no AWS service (health, reset): looked up before anything else, unsigned. */
import type { Exchange } from './exchange.ts';

export interface SystemRequest {
  header(name: string): string | undefined;
}

export interface SystemReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface SystemRoute {
  readonly method: 'GET' | 'POST';
  /** Whole path, without query. */
  readonly path: string;
  handle(request: SystemRequest): Promise<SystemReply>;
}

export class SystemRoutes {
  readonly #byPath = new Map<string, SystemRoute[]>();

  constructor(routes: readonly SystemRoute[]) {
    for (const route of routes) {
      const same = this.#byPath.get(route.path) ?? [];
      same.push(route);
      this.#byPath.set(route.path, same);
    }
  }

  /** @returns undefined when the path is none of the table's */
  answer(exchange: Exchange): Promise<SystemReply> | undefined {
    // Buckets cannot begin with an underscore, so nearly every request leaves here by one comparison.
    if (exchange.url.path.charCodeAt(1) !== 0x5f) return undefined;
    const routes = this.#byPath.get(exchange.url.path);
    if (routes === undefined) return undefined;
    const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
    const route = routes.find((one) => one.method === method);
    if (route === undefined) {
      return Promise.resolve({ status: 405, contentType: 'text/plain', body: 'method not allowed\n' });
    }
    return route.handle({ header: (name) => exchange.headers.text(name.toLowerCase()) });
  }
}
