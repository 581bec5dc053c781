import { expect, test } from 'vitest';
import { endpointText } from '../node-facts.ts';

test('an endpoint is written as Cassandra does, which cqlsh and tools take apart', () => {
  expect(endpointText('127.0.0.1')).toBe('/127.0.0.1:7000');
  expect(endpointText('2001:db8::1')).toBe('/[2001:db8::1]:7000');
});
