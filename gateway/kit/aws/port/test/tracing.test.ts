import { type Attributes, type Span, trace } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { activeTracer } from '../tracing.ts';
import { openFixture, send } from './fixture.ts';

afterEach(() => trace.disable());

test('no tracer is found while no provider is registered', () => {
  expect(activeTracer()).toBe(undefined);
});

test('a registered provider gets one ended span per request, with the operation and no path', async () => {
  const ended: { name: string; attributes: Attributes }[] = [];
  const startSpan = (_name: string, options?: { attributes?: Attributes }): Span => {
    const seen = { name: '', attributes: { ...options?.attributes } };
    const span = {
      updateName: (name: string) => {
        seen.name = name;
      },
      setAttributes: (more: Attributes) => void Object.assign(seen.attributes, more),
      setAttribute: (name: string, value: string) => void Object.assign(seen.attributes, { [name]: value }),
      setStatus: () => {},
      end: () => void ended.push(seen),
    };
    return span as unknown as Span;
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: () => {} }) as never });
  const fixture = await openFixture();
  try {
    await send(fixture.tcpPort, { method: 'GET', target: '/bucket/private-name' });
  } finally {
    await fixture.close();
  }
  expect(ended.map(({ name }) => name)).toEqual(['s3.GetObject']);
  expect(ended[0]?.attributes).toMatchObject({
    'http.response.status_code': 403,
    'error.type': 'AccessDenied',
  });
  expect(JSON.stringify(ended)).not.toContain('private-name');
});
