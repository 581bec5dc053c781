/** OpenTelemetry spans, made only while a tracer provider is registered. */
import {
  ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

const tracerName = 'hypergate.aws';

/** @returns undefined while nobody listens: then a request pays one comparison */
export function activeTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider
    ? provider.getDelegateTracer(tracerName)
    : provider.getTracer(tracerName);
}

export function startSpan(method: string): Span | undefined {
  return activeTracer()?.startSpan('aws.request', {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': method },
  });
}

export function endSpan(
  span: Span,
  result: {
    readonly requestId: string;
    readonly service: string;
    readonly operation: string;
    readonly status: number;
    readonly error: string | undefined;
  },
): void {
  span.updateName(`${result.service}.${result.operation}`);
  span.setAttributes({
    'aws.request_id': result.requestId,
    'rpc.system': 'aws-api',
    'rpc.service': result.service,
    'rpc.method': result.operation,
    'http.response.status_code': result.status,
  });
  if (result.error !== undefined) span.setAttribute('error.type', result.error);
  if (result.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
