/**
 * Function URLs: every request to the host or the path of one is an invocation, with the event of payload format 2.0
 * (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html). Who may is decided by the function's policy, and where the URL asks
 * for signatures, of callers who sign.
 */
import { AwsError, type Call, type OperationRow, type Reply } from '@hypergate/kit';
import { functionNotFound } from '../engine/errors.ts';
import type { ResponseSink } from '../executor/api.ts';
import type { InvokeResult } from '../invoke/api.ts';
import { lambdaLimits } from '../limits.ts';
import { invokeUrl } from '../model/schemas.ts';
import { traceIdOf } from '../ops/invoke-input.ts';
import type { WithContext } from '../ops/operation.ts';
import { PieceStream } from '../ops/piece-stream.ts';
import type { ResolvedFunction } from '../store/api.ts';
import type { LambdaContext } from '../store/context.ts';
import { findUrl, type UrlRow } from '../store/urls.ts';
import { badGateway, streamHead, type UrlAnswer, urlAnswer } from '../wire/url-answer.ts';
import { preflight, withCors } from '../wire/url-cors.ts';
import { urlEvent } from '../wire/url-event.ts';
import { keptApart, urlPlaceOf } from './url-place.ts';

type UrlCall = Call<unknown>;

export function urlRowOf(run: WithContext): OperationRow<unknown, unknown> {
  // What was found when the caller's rights were judged is what is called.
  const found = new WeakMap<UrlCall, UrlRow>();
  return {
    name: invokeUrl,
    action: 'lambda:InvokeFunctionUrl',
    access: 'anonymous',
    streaming: true,
    resources: (call) =>
      run(async (context) => {
        const url = await findUrl(context, urlPlaceOf(call).urlId);
        if (url === undefined) throw notFound();
        // Functions decide by their path: one with another host in it is none (RFC 9112, section 3.2).
        if (!call.rawUrl.startsWith('/')) throw new AwsError('BadRequest', 400, 'The target is not a path.');
        found.set(call, url);
        // Browsers ask without credentials, and hear only what the owner wrote for everybody.
        if (preflightOf(url, call) !== undefined) return [openTo(url)];
        if (url.authType === 'AWS_IAM' && call.principal.kind === 'anonymous') throw forbidden();
        const { functionName, qualifier } = url;
        return [await context.functions.access(functionName, qualifier || undefined, url)];
      }),
    conditionKeys: (call) => ({ 'lambda:FunctionUrlAuthType': found.get(call)?.authType }),
    handle: (call) =>
      run(async (context) => {
        const url = found.get(call);
        if (url === undefined) throw notFound();
        const asked = preflightOf(url, call);
        if (asked !== undefined) return { output: {}, status: 204, headers: asked };
        const target = await context.functions.resolve(url.functionName, url.qualifier || undefined, url);
        // Another one has the name now.
        if (target.function.id !== url.functionId) throw functionNotFound(target.invokedArn);
        return answerOf(context, call, url, target);
      }),
  };
}

const notFound = (): AwsError =>
  new AwsError('ResourceNotFoundException', 404, 'There is no such function URL.');
const forbidden = (): AwsError => new AwsError('AccessDeniedException', 403, 'Forbidden');

function preflightOf({ cors }: UrlRow, call: UrlCall) {
  return cors === undefined ? undefined : preflight(cors, call.method, (name) => call.header(name));
}

const openTo = ({ account }: UrlRow) => ({
  arn: '*',
  ownerAccountId: account,
  policy: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'lambda:InvokeFunctionUrl', Resource: '*' }],
  },
});

async function answerOf(
  context: LambdaContext,
  call: UrlCall,
  url: UrlRow,
  target: ResolvedFunction,
): Promise<Reply<object>> {
  const place = urlPlaceOf(call);
  const traceId = traceIdOf({ context, sent: call });
  const request = {
    target,
    requestId: call.requestId,
    payload: urlEvent(await requestOf(context, call, url, traceId)),
    traceId,
    wantsLog: false,
    signal: call.signal,
  };
  const cors = (headers: Readonly<Record<string, string>>) =>
    keptApart(
      place,
      withCors(url.cors, (name) => call.header(name), headers),
    );
  if (url.invokeMode === 'BUFFERED') {
    const { payload, failure } = await context.invoker.invoke(request);
    return replyOf(failure === undefined ? urlAnswer(payload) : badGateway, cors);
  }
  const sink = new UrlSink();
  call.signal.addEventListener('abort', () => sink.pieces.abandon(), { once: true });
  const result = context.invoker.invoke({ ...request, stream: sink }).finally(() => sink.pieces.end());
  // Fails here, as an error of the call, when the function was not reached.
  await Promise.race([sink.pieces.begun, result]);
  if (sink.head === undefined) {
    // The answer came in one piece, or none did.
    const { payload, failure } = await result;
    return replyOf(failure === undefined ? urlAnswer(payload) : badGateway, cors);
  }
  const head = streamHead(sink.head.contentType, sink.head.prelude);
  if (head === undefined) {
    sink.pieces.abandon();
    result.catch(() => undefined);
    return replyOf(badGateway, cors);
  }
  return {
    output: {},
    status: head.status,
    headers: cors(head.headers),
    cookies: head.cookies,
    stream: { body: piecesOf(sink.pieces, result), contentLength: undefined },
  };
}

/** What a function writes after its status and headers. */
class UrlSink implements ResponseSink {
  readonly pieces = new PieceStream();
  head: { readonly contentType: string; readonly prelude: string | undefined } | undefined;

  begin(contentType: string, prelude: string | undefined): void {
    this.head = { contentType, prelude };
    this.pieces.begin(contentType, undefined);
  }

  write(piece: Uint8Array): Promise<void> {
    return this.pieces.write(piece);
  }
}

async function* piecesOf(pieces: PieceStream, result: Promise<InvokeResult>): AsyncIterable<Uint8Array> {
  try {
    yield* pieces;
    const { failure } = await result;
    // Whoever reads must not take a part for the whole.
    if (failure !== undefined)
      throw new AwsError('BadGateway', 502, 'The function failed while it answered.');
  } finally {
    pieces.abandon();
    result.catch(() => undefined);
  }
}

async function requestOf({ clock }: LambdaContext, call: UrlCall, url: UrlRow, traceId: string) {
  const { rawUrl, prefix } = urlPlaceOf(call);
  const [rawPath = '/', ...query] = rawUrl.split('?');
  const { kind, accessKeyId, accountId, userId, arn } = call.principal;
  return {
    urlId: url.urlId,
    method: call.method,
    rawPath,
    rawQuery: query.join('?'),
    headers: call.headers(),
    body: await call.body.collect(lambdaLimits.payloadMax),
    host: call.header('host') ?? '',
    prefix,
    sourceIp: call.policyContext?.()['aws:SourceIp'] ?? '127.0.0.1',
    requestId: call.requestId,
    traceId,
    timeMs: clock.now(),
    isSecure: call.secure === true,
    ...(url.authType === 'NONE' || kind === 'anonymous'
      ? {}
      : { caller: { accessKeyId, accountId, userId, arn } }),
  };
}

function replyOf(
  answer: UrlAnswer,
  cors: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Reply<object> {
  const { 'content-type': contentType = 'application/json', ...headers } = cors(answer.headers);
  return {
    output: {},
    status: answer.status,
    headers,
    cookies: answer.cookies,
    encoded: { contentType, body: answer.body },
  };
}
