/** The admin API over HTTP: routes, checks and types all come from openapi/admin.yaml through its generated module. */
import type { RequestListener, ServerResponse } from 'node:http';
import { operations } from '@hypergate/openapi/admin';
import { fastify } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { serverLimits } from '../limits.ts';
import { type GuardOptions, judge } from './guard.ts';
import type { Handlers, OperationId } from './handlers.ts';

export interface AdminServer {
  /** For as many listeners as there are addresses. */
  readonly handle: RequestListener;
  close(): Promise<void>;
}

interface Row {
  readonly method: string;
  readonly path: string;
  /** No token is asked for. */
  readonly open: boolean;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  /** Media types of answers that are texts, by status. */
  readonly texts: Readonly<Record<number, string>> | undefined;
}

/** Prometheus asks for the version of its text format. */
const mediaTypes: Readonly<Record<string, string>> = {
  'text/plain': 'text/plain; version=0.0.4; charset=utf-8',
  'application/json': 'application/json; charset=utf-8',
};

export async function createAdminServer(
  handlers: Handlers,
  guard: GuardOptions,
  logger: Logger,
): Promise<AdminServer> {
  const app = fastify({
    logger: false,
    bodyLimit: serverLimits.adminBodyBytesMax,
    requestTimeout: serverLimits.adminRequestMs,
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'there is no such operation' }));
  app.setErrorHandler((error, request, reply) => {
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    if (status >= 400 && status < 500) return reply.code(status).send({ error: (error as Error).message });
    logger.error({ err: error, path: request.routeOptions.url }, 'admin request failed');
    return reply.code(500).send({ error: 'internal error; the log has the details' });
  });
  for (const id of Object.keys(operations) as OperationId[]) addRoute(id);
  await app.ready();
  return { handle: app.routing, close: () => app.close() };

  function addRoute(id: OperationId): void {
    const row: Row = operations[id];
    // The rows' types tie body and handler together; across all rows that tie cannot be written down.
    const run = handlers[id] as (call: {
      readonly query: unknown;
      readonly body: unknown;
      readonly signal: AbortSignal;
    }) => Promise<{ status: number; body: unknown }>;
    app.route({
      method: row.method,
      url: row.path,
      handler: async (request, reply) => {
        const { host, origin, authorization } = request.headers;
        const options = row.open ? { ...guard, token: undefined } : guard;
        // Health checks come from other machines by any name once the API is not on loopback.
        const verdict =
          row.open && guard.token !== undefined
            ? { allowed: true as const }
            : judge(options, { host, origin, authorization });
        if (!verdict.allowed) return reply.code(verdict.status).send({ error: verdict.reason });
        const body = row.body?.safeParse(request.body);
        if (body?.success === false) return reply.code(400).send(problem(body.error, 'body'));
        // Other operations have always ignored what stands in the query.
        const query = row.query?.safeParse({ ...(request.query as object) });
        if (query?.success === false) return reply.code(400).send(problem(query.error, 'query'));
        const signal = abandoned(reply.raw);
        const answer = await run({ query: query?.data, body: body?.data, signal });
        const text = row.texts?.[answer.status];
        if (text !== undefined) reply.type(mediaTypes[text] ?? text);
        return reply.code(answer.status).header('cache-control', 'no-store').send(answer.body);
      },
    });
  }
}

function problem({ issues }: z.ZodError, part: 'body' | 'query'): { readonly error: string } {
  const { path, message } = issues[0]!;
  return { error: `${path.join('.') || part}: ${message}` };
}

/** Aborted when the connection closes before the whole answer was written. */
function abandoned(response: ServerResponse): AbortSignal {
  const abort = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) abort.abort();
  });
  return abort.signal;
}
