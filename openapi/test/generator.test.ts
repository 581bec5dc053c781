import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateAdmin } from '../generate.ts';
import { generateModule } from '../generator.ts';

test('gen/admin.ts is what admin.yaml makes', () => {
  expect(readFileSync(new URL('../gen/admin.ts', import.meta.url), 'utf8')).toBe(generateAdmin());
});

const document = (schemas: object) => ({ openapi: '3.1.0', paths: {}, components: { schemas } });
const object = (properties: object, required: string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

test('a component stands after those it names', () => {
  const text = generateModule(document({ A: object({ b: reference('B') }), B: object({}) }), 'x');
  expect(text.indexOf('bSchema =')).toBeLessThan(text.indexOf('aSchema ='));
});

test.each([
  ['a circle', { A: object({ b: reference('B') }), B: object({ a: reference('A') }) }, 'contains itself'],
  ['an unknown name', { A: object({ b: reference('B') }) }, 'B is not described'],
  ['a required property that is missing', { A: object({}, ['x']) }, 'x is not described'],
  ['a keyword it does not know', { A: { type: 'string', minLength: 3 } }, ''],
])('%s is refused', (_what, schemas, line) => {
  expect(() => generateModule(document(schemas), 'x')).toThrow(line);
});

test('text from the document cannot leave its quotes', () => {
  const text = generateModule(
    document({ A: object({ a: { type: 'string', description: "it's \\ a\nline" } }) }),
    'x',
  );
  expect(text).toContain("z.string().describe('it\\'s \\\\ a\\nline')");
});
