/**
 * How an AWS service describes itself to the AWS port: its protocol, its schema snapshot and one row per operation.
 * Routing, authentication, authorisation, decoding, encoding, metrics labels and the negative tests come from the rows.
 */
import type { Principal } from '../service.ts';
import type { RequestBody } from './body.ts';
import type { SignedCall } from './signed-call/call.ts';

export type AwsProtocol = 'restXml' | 'restJson1' | 'awsJson1.0' | 'awsJson1.1' | 'query';

/** A resource a request touches, for authorisation. */
export interface ResourceRef {
  readonly arn: string;
  /** Action asked for on this resource when it is not the row's: the source of a copy is read, its target written. */
  readonly action?: string;
  /** Account that owns the resource; absent when it does not exist. */
  readonly ownerAccountId?: string;
  /** Resource policy document, when the resource has one. */
  readonly policy?: unknown;
}

export interface Call<Input> {
  readonly operation: string;
  readonly input: Input;
  readonly principal: Principal;
  readonly requestId: string;
  /** Region of the signature's scope. */
  readonly region: string;
  readonly signal: AbortSignal;
  /** Body of a streaming operation, decoded from any chunk signing and checked while read; empty for others. */
  readonly body: RequestBody;
  /** Lower-case header of the request as sent (`x-amz-*` query parameters of presigned requests count). */
  header(name: string): string | undefined;
  /** Query parameter, decoded. */
  query(name: string): string | undefined;
  readonly method: string;
  /** Raw path and query as sent. */
  readonly rawUrl: string;
  /** All header fields of the request: names in lower case, values as `header` gives them, those of repeated fields joined by commas. */
  headers(): Iterable<readonly [string, string]>;
  /** Whether the request came over TLS to this port; what a proxy says is not believed. */
  readonly secure?: boolean;
  /** The request as its caller signed it, for operations with `keepsSignature`; for their handlers alone. */
  readonly signed?: SignedCall;
  /** Documents of the caller's identity policies, for operations that decide on their own (`permissionless`). */
  readonly identityPolicies?: readonly unknown[];
  /** `aws:*` condition keys of the request, as the port's own check has them. */
  policyContext?(): Readonly<Record<string, string>>;
}

/** Bytes of a reply that are not all there yet. */
export interface ReplyStream {
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** Undefined when nobody knows: the end of the body tells. */
  readonly contentLength: number | undefined;
}

/** What a handler returns: the operation's output members; a streaming member is bytes or an iterable of them. */
export interface Reply<Output> {
  readonly output: Output;
  /** Overrides the schema's status (206 for a range). */
  readonly status?: number;
  /** Extra headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Each one a `Set-Cookie` header. */
  readonly cookies?: readonly string[];
  /** Streamed payload. */
  readonly stream?: ReplyStream;
  /** Body written by a hand-made encoder instead of the schema's. */
  readonly encoded?: { readonly contentType: string; readonly body: string | Uint8Array };
}

export interface OperationRow<Input = never, Output = unknown> {
  readonly name: string;
  /** IAM action, `s3:GetObject`. May depend on the request (a version id asks for another action). */
  readonly action: string | ((call: Call<Input>) => string);
  /**
   * Resources for authorisation; looked up before dispatch. Before its body is read, an operation of S3 has an input of
   * path, query and header members only. None at all stands for the caller's account.
   */
  resources(call: Call<Input>): Promise<readonly ResourceRef[]> | readonly ResourceRef[];
  /** Condition keys of this service (`s3:prefix`), read only when a policy is asked; `aws:*` keys are the port's. */
  conditionKeys?(call: Call<Input>): Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * `signed` (the default): credentials, then the policy check. `anonymous`: no credentials needed to reach the policy
   * check. `permissionless`: credentials and no policy check, for the few operations AWS gives everybody.
   */
  readonly access?: 'signed' | 'anonymous' | 'permissionless';
  /** Body is handed over as a stream instead of being collected and decoded. */
  readonly streaming?: boolean;
  /** Largest collected body in bytes. */
  readonly bodyBytesMax?: number;
  /**
   * S3: how `Content-MD5` and `x-amz-checksum-*` of a collected body are taken. `checked` (the default): when they are
   * there; `required`: one of them must be; `md5`: the checksum headers say something else than the body's.
   */
  readonly bodyDigest?: 'checked' | 'required' | 'md5';
  /** The handler passes on the request as it was signed (`Call.signed`), for others to check its signature themselves. */
  readonly keepsSignature?: true;
  /**
   * Hears of an authenticated call whose input cannot be decoded, before that is answered: for services that record every call. The
   * call's input is an empty object. JSON and query protocols.
   */
  undecoded?(call: Call<unknown>, error: unknown): Promise<void>;
  handle(call: Call<Input>): Promise<Reply<Output>>;
}

/** An expected failure with its wire code, status and one sentence. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Extra elements of the error document, in order (`BucketName`, `Key`, …), and headers. */
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: string,
    status: number,
    message: string,
    details: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
    this.details = details;
    this.headers = headers;
  }
}

export interface AwsServiceDefinition {
  /** Name in the SigV4 credential scope: `s3`, `kms`, `sts`. One definition of a name may be of the query protocol beside another that is not. */
  readonly signingName: string;
  readonly protocol: AwsProtocol;
  /** Prefix of `X-Amz-Target` for JSON protocols (`TrentService`). */
  readonly targetPrefix?: string;
  /** Version of the query protocol (`2011-06-15`). */
  readonly queryVersion?: string;
  /** Form of its request ids: 16 hexadecimal digits unless it says otherwise. */
  readonly requestIds?: 'uuid';
  /** Schema snapshot from gateway/kit/aws/gen. */
  readonly schemas: ServiceSchemas;
  // biome-ignore lint/suspicious/noExplicitAny: rows of different operations stand in one table
  readonly operations: readonly OperationRow<any, any>[];
  /** restXml of S3 routes by bucket, key and sub-resource; the service tells which operation a request is. */
  readonly route?: (request: RouteRequest) => string | undefined;
  /** REST protocols: requests to hosts, or below paths, that are all for one operation, whatever their method and the rest of the path. */
  readonly hosts?: HostRoute;
  /** What tells operations of one route apart where required members do not. */
  readonly discriminators?: RouteDiscriminators;
}

/** Hosts and paths whose requests are one operation. A signed one must be signed for the service. */
export interface HostRoute {
  /**
   * @param host lower case, without port
   * @param path as sent; empty where the host is a bucket's, whose keys all paths are
   */
  readonly matches: (host: string, path: string) => boolean;
  /** An operation of the schemas that has no route of its own (`unrouted`). */
  readonly operation: string;
}

/** What a request must carry, beyond method, path and the query of the schema's URI, to be an operation. */
export interface RouteRequirement {
  /** Query parameters that must be present. */
  readonly query?: readonly string[];
  /** Lower-case headers that must be present. */
  readonly headers?: readonly string[];
}

/** By operation name; stands instead of the operation's required members. `unrouted` operations are never chosen. */
export type RouteDiscriminators = Readonly<Record<string, RouteRequirement | 'unrouted'>>;

export interface RouteRequest {
  readonly method: string;
  /** Path as sent, before any decoding, without the query. */
  readonly rawPath: string;
  readonly host: string;
  readonly query: ReadonlyMap<string, string>;
  header(name: string): string | undefined;
}

/** Our own form of the SDK's runtime schemas; see gen/README in gateway/kit/aws. */
export interface ServiceSchemas {
  readonly service: string;
  readonly sdkVersion: string;
  /** Namespace of the service's XML documents. */
  readonly xmlNamespace?: string;
  readonly operations: Readonly<Record<string, OperationSchema>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export interface OperationSchema {
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly input: string;
  readonly output: string;
  readonly errors: readonly string[];
}

export type ShapeRef = string;

export type Shape =
  | {
      readonly type: 'structure';
      readonly members: Readonly<Record<string, MemberSchema>>;
      readonly xmlName?: string;
      /** The only member's value is the text of the root element (GetBucketLocation). */
      readonly xmlUnwrapped?: boolean;
      readonly error?: { readonly code: string; readonly status: number };
    }
  | { readonly type: 'list'; readonly member: MemberSchema }
  | { readonly type: 'map'; readonly key: MemberSchema; readonly value: MemberSchema }
  | {
      readonly type:
        | 'string'
        | 'boolean'
        | 'integer'
        | 'long'
        /** A number, or a bigint where a number does not hold it exactly. */
        | 'int64'
        | 'double'
        | 'timestamp'
        | 'blob'
        | 'document'
        | 'streaming'
        | 'bigint';
    };

export interface MemberSchema {
  readonly shape: ShapeRef;
  readonly location?: 'header' | 'query' | 'label' | 'payload' | 'prefixHeaders' | 'queryParams' | 'status';
  readonly locationName?: string;
  readonly xmlName?: string;
  readonly xmlFlattened?: boolean;
  readonly xmlAttribute?: boolean;
  readonly xmlNamespace?: string;
  /** Prefix that `xmlNamespace` is bound to; absent for the default namespace. */
  readonly xmlNamespacePrefix?: string;
  /** Name in JSON documents of restJson1 when it is not the member's. */
  readonly jsonName?: string;
  /** The client must send it. */
  readonly required?: boolean;
  /** List members and map values that may be null. */
  readonly sparse?: boolean;
  readonly timestampFormat?: 'date-time' | 'http-date' | 'epoch-seconds';
}
