/** The functions of the codec that the pipeline calls. */
import type {
  AwsError,
  AwsServiceDefinition,
  Reply,
  RouteRequest,
} from '../definition.ts';

export interface RoutedOperation {
  readonly operation: string;
  /** Path labels, still percent-encoded. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface DecodeRequest {
  readonly query: ReadonlyMap<string, string>;
  header(name: string): string | undefined;
  readonly headers: Iterable<[string, string]>;
  readonly labels: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface ReplyContext {
  readonly requestId: string;
  readonly hostId: string;
  readonly resource?: string;
}

export interface EncodedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export interface Codec {
  createRestRouter(
    schemas: AwsServiceDefinition['schemas'],
    discriminators?: AwsServiceDefinition['discriminators'],
  ): (request: RouteRequest) => RoutedOperation | undefined;
  routeTarget(definition: AwsServiceDefinition, target: string): string | undefined;
  routeQueryAction(definition: AwsServiceDefinition, form: ReadonlyMap<string, string>): string | undefined;
  decodeInput(definition: AwsServiceDefinition, operation: string, request: DecodeRequest): unknown;
  encodeOutput(
    definition: AwsServiceDefinition,
    operation: string,
    reply: Reply<unknown>,
    context: ReplyContext,
  ): EncodedReply;
  encodeError(definition: AwsServiceDefinition, error: AwsError, context: ReplyContext): EncodedReply;
}
