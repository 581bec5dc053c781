/** The admin API over HTTP: routes, checks and types all come from openapi/admin.yaml through its generated module. */
import type { RequestListener, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { operations } from '@hypergate/openapi/admin';
import { type FastifyReply, fastify } from 'fastify';
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
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  /** `adminBodyBytesMax` unless given. */
  readonly bodyBytesMax: number | undefined;
  /** Media types of answers that are not made JSON here, by status: texts, and bytes. */
  readonly media: Readonly<Record<number, string>> | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Of an answer in bytes. */
interface SizedBytes {
  readonly length: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Prometheus asks for the version of its text format. */
const mediaTypes: Readonly<Record<string, string>> = {
  'text/plain': 'text/plain; version=0.0.4; charset=utf-8',
  'application/json': 'application/json; charset=utf-8',
};
const bytesType = 'application/octet-stream';

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
  app.addContentTypeParser(bytesType, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
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
      readonly params: unknown;
      readonly query: unknown;
      readonly body: unknown;
      readonly signal: AbortSignal;
    }) => Promise<Answer>;
    app.route({
      method: row.method,
      url: row.path.replaceAll(/\{([\w-]+)\}/g, ':$1'),
      ...(row.bodyBytesMax === undefined ? {} : { bodyLimit: row.bodyBytesMax }),
      // Before a body is read: only who may call can have one taken in.
      onRequest: async (request, reply) => {
        const { host, origin, authorization } = request.headers;
        const options = row.open ? { ...guard, token: undefined } : guard;
        // Health checks come from other machines by any name once the API is not on loopback.
        const verdict =
          row.open && guard.token !== undefined
            ? { allowed: true as const }
            : judge(options, { host, origin, authorization });
        if (!verdict.allowed) return reply.code(verdict.status).send({ error: verdict.reason });
      },
      handler: async (request, reply) => {
        const params = row.params?.safeParse({ ...(request.params as object) });
        if (params?.success === false) return reply.code(400).send(problem(params.error, 'path'));
        const body = row.body?.safeParse(request.body);
        if (body?.success === false) return reply.code(400).send(problem(body.error, 'body'));
        // Other operations have always ignored what stands in the query.
        const query = row.query?.safeParse({ ...(request.query as object) });
        if (query?.success === false) return reply.code(400).send(problem(query.error, 'query'));
        const signal = abandoned(reply.raw);
        const answer = await run({ params: params?.data, query: query?.data, body: body?.data, signal });
        const media = row.media?.[answer.status];
        reply.code(answer.status).header('cache-control', 'no-store');
        if (media === bytesType) return sendBytes(reply, answer.body as SizedBytes);
        if (media !== undefined) reply.type(mediaTypes[media] ?? media);
        return reply.send(answer.body);
      },
    });
  }
}

/** Bytes that fail under way end the connection: a shorter answer is never taken for whole. */
function sendBytes(reply: FastifyReply, { length, bytes }: SizedBytes): FastifyReply {
  return reply.type(bytesType).header('content-length', length).send(Readable.from(bytes));
}

function problem({ issues }: z.ZodError, part: 'body' | 'path' | 'query'): { readonly error: string } {
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
