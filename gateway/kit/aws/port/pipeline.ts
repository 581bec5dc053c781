/**
 * The way of a request: recognise the service, route to an operation, authenticate, authorise, read the body, decode,
 * handle. Nothing of a body is asked for before the caller is known, save where only the body can tell: the query
 * protocol names its operation there, and other services than S3 may sign a body's hash without sending it. Then the
 * key, its times and a size limit are checked first.
 */
import { hash } from 'node:crypto';
import type { Clock } from '../../service.ts';
import { payloadHashMismatch } from '../body/errors.ts';
import { createRequestBody, emptyBody, hasBody, type IdleWatch, WholeBody } from '../body/index.ts';
import type { RequestBody } from '../body.ts';
import {
  decodeInput,
  decodeInputHead,
  type EncodedReply,
  encodeOutput,
  type RequestParts,
} from '../codec/index.ts';
import { AwsError } from '../definition.ts';
import { type ErrorFamily, tooLarge } from '../error-family.ts';
import { keepSignedCall } from '../signed-call/keep.ts';
import {
  type Authenticator,
  emptySha256,
  payloadMode,
  type RequestSignature,
  SignatureFailure,
  sentPayloadHash,
} from '../sigv4/index.ts';
import { authorise } from './authorise.ts';
import type { Caller, Callers } from './callers.ts';
import { checkDocumentDigest } from './document-digest.ts';
import type { Exchange } from './exchange.ts';
import type { HostStyle } from './host.ts';
import { collectedBodyBytesMax } from './limits.ts';
import { policyContext } from './policy-context.ts';
import { formFields, isForItsPlace, recognise, serviceOfForm } from './recognise.ts';
import type { AnyRow, RegisteredService, ServiceRegistry } from './registry.ts';
import { RequestCall } from './request-call.ts';
import { RequestHeaders } from './request-headers.ts';
import { noLabels, type Routed, route, rowOf } from './routing.ts';

export interface PipelineOptions {
  /** Region of requests that name none. */
  readonly region: string;
  readonly hostId: string;
}

export interface PipelineModules {
  readonly registry: ServiceRegistry;
  readonly authenticator: Authenticator;
  readonly callers: Callers;
  readonly hosts: HostStyle;
  readonly clock: Clock;
  readonly reads: IdleWatch;
}

const noBytes = new Uint8Array(0);
const noPolicies: readonly unknown[] = [];

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #modules: PipelineModules;
  readonly #nowMs = (): number => this.#modules.clock.now();

  constructor(options: PipelineOptions, modules: PipelineModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** @throws AwsError, SignatureFailure, and whatever a handler throws */
  run(exchange: Exchange): Promise<EncodedReply> {
    const { authenticator, registry, hosts } = this.#modules;
    if (!exchange.urlValid) throw new AwsError('InvalidURI', 400, "Couldn't parse the specified URI.");
    const signature = isForItsPlace(exchange, registry, hosts) ? undefined : authenticator.read(exchange);
    exchange.region = signature?.scope.region ?? this.#options.region;
    const recognised = recognise(exchange, signature, registry, hosts);
    if (recognised.kind === 'form') return this.#runForm(exchange, undefined, undefined);
    const { service } = recognised;
    exchange.definition = service.definition;
    if (service.definition.protocol === 'query') return this.#runForm(exchange, service, signature);
    return this.#runRouted(exchange, service, signature);
  }

  /** REST and JSON protocols: path or target name the operation. */
  async #runRouted(
    exchange: Exchange,
    service: RegisteredService,
    signature: RequestSignature | undefined,
  ): Promise<EncodedReply> {
    const { callers } = this.#modules;
    const routed = route(exchange, service, this.#modules.hosts);
    const { row } = routed;
    const sentHash = sentPayloadHash(exchange, signature?.form);
    if (signature === undefined) {
      const caller = callers.unsigned(service, row);
      return this.#dispatch(
        exchange,
        service,
        routed,
        caller,
        this.#body(exchange, service, sentHash, caller),
      );
    }
    const credential = await callers.identify(exchange, service, signature);
    if (sentHash !== undefined || service.pathRule === 's3') {
      const caller = callers.verify(exchange, service, signature, credential, sentHash);
      return this.#dispatch(
        exchange,
        service,
        routed,
        caller,
        this.#body(exchange, service, sentHash, caller),
      );
    }
    const body = await this.#collectFirst(
      exchange,
      service.family,
      row.bodyBytesMax ?? collectedBodyBytesMax,
    );
    const caller = callers.verify(exchange, service, signature, credential, body.sha256Hex);
    return this.#dispatch(exchange, service, routed, caller, body);
  }

  /** Query protocol: the form names the operation, for unsigned requests the service as well. */
  async #runForm(
    exchange: Exchange,
    known: RegisteredService | undefined,
    signature: RequestSignature | undefined,
  ): Promise<EncodedReply> {
    const { callers, registry } = this.#modules;
    const credential =
      known === undefined || signature === undefined
        ? undefined
        : await callers.identify(exchange, known, signature);
    const body = await this.#collectFirst(exchange, 'query', collectedBodyBytesMax);
    const fields = formFields(exchange, await body.collect(collectedBodyBytesMax));
    const service = known ?? serviceOfForm(fields, registry);
    exchange.definition = service.definition;
    const row = rowOf(exchange, service, fields.get('Action') ?? '');
    let caller: Caller;
    if (signature === undefined || credential === undefined) {
      caller = callers.unsigned(service, row);
    } else {
      const sentHash = sentPayloadHash(exchange, signature.form);
      caller = callers.verify(exchange, service, signature, credential, sentHash ?? body.sha256Hex);
      if (sentHash !== undefined) checkSentHash(sentHash, body.sha256Hex ?? emptySha256);
    }
    return this.#dispatch(exchange, service, { row, labels: noLabels }, caller, body);
  }

  /** The caller is known and no byte of a body of S3 was asked for yet. */
  async #dispatch(
    exchange: Exchange,
    service: RegisteredService,
    routed: Routed,
    caller: Caller,
    body: RequestBody,
  ): Promise<EncodedReply> {
    exchange.principal = caller.principal;
    const { row } = routed;
    const headers = new RequestHeaders(exchange, caller.verified?.signature.form === 'query');
    const decode = (bytes: Uint8Array) =>
      decodeInput(service.definition, row.name, this.#parts(exchange, routed, headers, bytes));
    const bytesMax = row.bodyBytesMax ?? collectedBodyBytesMax;
    const identityPolicies = caller.credential?.identityPolicies ?? noPolicies;
    const makeCall = (input: unknown) =>
      new RequestCall(exchange, headers, {
        principal: caller.principal,
        identityPolicies,
        body,
        input,
        nowMs: this.#nowMs,
      });

    const keepFor = (call: RequestCall, bytes: Uint8Array | undefined) => {
      if (row.keepsSignature !== true) return;
      call.signed = keepSignedCall(exchange, caller.verified?.signature, caller.payloadHash, bytes);
    };

    if (row.streaming === true || (service.router !== undefined && !hasBody(exchange.headers))) {
      const call = makeCall(decode(noBytes));
      keepFor(call, row.streaming === true ? undefined : noBytes);
      await this.#authorise(exchange, service, row, call, caller);
      return this.#handle(exchange, service, row, call);
    }
    if (service.family === 's3') {
      // Its documents are large and its resources stand in path and headers: the caller is judged before they are read.
      const head = this.#parts(exchange, routed, headers, noBytes);
      const call = makeCall(decodeInputHead(service.definition, row.name, head));
      await this.#authorise(exchange, service, row, call, caller);
      const bytes = await body.collect(bytesMax);
      const digests = { header: (name: string) => headers.get(name), trailers: body.trailers };
      checkDocumentDigest(bytes, digests, row.bodyDigest ?? 'checked');
      call.input = decode(bytes);
      keepFor(call, bytes);
      return this.#handle(exchange, service, row, call);
    }
    const bytes = await body.collect(bytesMax);
    const call = makeCall({});
    keepFor(call, bytes);
    try {
      call.input = decode(bytes);
    } catch (error) {
      await row.undecoded?.(call, error);
      throw error;
    }
    await this.#authorise(exchange, service, row, call, caller);
    return this.#handle(exchange, service, row, call);
  }

  #authorise(
    exchange: Exchange,
    service: RegisteredService,
    row: AnyRow,
    call: RequestCall,
    caller: Caller,
  ): Promise<void> | undefined {
    const { clock } = this.#modules;
    return authorise(row, call, {
      credential: caller.credential,
      family: service.family,
      context: () => policyContext(exchange, clock.now()),
    });
  }

  async #handle(
    exchange: Exchange,
    service: RegisteredService,
    row: AnyRow,
    call: RequestCall,
  ): Promise<EncodedReply> {
    const reply = await row.handle(call);
    return encodeOutput(service.definition, row.name, reply, {
      requestId: exchange.id,
      hostId: this.#options.hostId,
    });
  }

  #parts(exchange: Exchange, routed: Routed, headers: RequestHeaders, body: Uint8Array): RequestParts {
    return {
      query: exchange.query,
      queryAll: (name) => exchange.queryAll(name),
      header: (name) => headers.get(name),
      headers,
      labels: routed.labels,
      body,
    };
  }

  #body(
    exchange: Exchange,
    service: RegisteredService,
    sentHash: string | undefined,
    caller: Caller,
  ): RequestBody {
    return createRequestBody({
      headers: exchange.headers,
      source: exchange.request,
      mode: sentHash === undefined ? undefined : payloadMode(sentHash),
      verified: caller.verified,
      watch: this.#modules.reads,
      onStart: () => exchange.sendContinue(),
      tooLarge: (bytesMax) => tooLarge(service.family, bytesMax),
    });
  }

  /** Reads the body as sent, with its hash, before the signature can be checked. */
  async #collectFirst(exchange: Exchange, family: ErrorFamily, bytesMax: number): Promise<WholeBody> {
    const refuse = (max: number) => tooLarge(family, max);
    if (!hasBody(exchange.headers)) return emptyBody(0, refuse, emptySha256);
    const raw = createRequestBody({
      headers: exchange.headers,
      source: exchange.request,
      mode: undefined,
      verified: undefined,
      watch: this.#modules.reads,
      onStart: () => exchange.sendContinue(),
      tooLarge: refuse,
    });
    const bytes = await raw.collect(bytesMax);
    return new WholeBody(bytes, {
      contentLength: bytes.length,
      sha256Hex: hash('sha256', bytes, 'hex'),
      tooLarge: refuse,
    });
  }
}

function checkSentHash(sent: string, computed: string): void {
  const mode = payloadMode(sent);
  if (mode.kind === 'chunked') throw new SignatureFailure({ kind: 'invalid-content-sha256', value: sent });
  if (mode.kind === 'sha256' && mode.hex !== computed) throw payloadHashMismatch(sent, computed);
}
