/**
 * fastify as the frame of the port. Its router sees one constant path and its first hook takes every request away from
 * it, so it never parses a URL, decodes a body or answers by itself; what remains is one place for hooks and plugins.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** Target as sent, kept aside while fastify routes on a constant. */
type Rewritten = IncomingMessage & { originalUrl?: string };

const constantPath = '/';

export function sentTarget(request: IncomingMessage): string {
  return (request as Rewritten).originalUrl ?? request.url ?? '';
}

export interface Framework {
  readonly app: FastifyInstance;
  /** Handles a request that came over any listener. */
  readonly listener: RequestListener;
}

export async function createFramework(serve: RequestListener): Promise<Framework> {
  const app = Fastify({
    logger: false,
    rewriteUrl: () => constantPath,
    return503OnClosing: false,
    exposeHeadRoutes: false,
  });
  app.addHook('onRequest', (request, reply, _done) => {
    reply.hijack();
    serve(request.raw, reply.raw);
  });
  app.route({ method: app.supportedMethods, url: constantPath, handler: unreachable });
  app.setNotFoundHandler(unreachable);
  await app.ready();
  return { app, listener: (request, response) => app.routing(request, response) };
}

function unreachable(): never {
  throw new Error('a request passed the hook that takes every request');
}
