import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
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

test('a pattern is that of the whole text, and cannot leave its quotes', () => {
  const made = (pattern: string) => generateModule(document({ A: { type: 'string', pattern } }), 'x');
  expect(made("^a'\\d$")).toContain("z.string().regex(new RegExp('^a\\'\\\\d$'))");
  expect(() => made('a$')).toThrow();
});

test('members of any name have one kind', () => {
  const text = generateModule(
    document({ A: { type: 'object', additionalProperties: reference('B') }, B: object({}) }),
    'x',
  );
  expect(text).toContain('aSchema = z.record(z.string(), bSchema);');
  expect(text.indexOf('bSchema =')).toBeLessThan(text.indexOf('aSchema ='));
});

describe('operations', () => {
  const operation = (row: object) => ({
    openapi: '3.1.0',
    paths: { '/x': { get: { operationId: 'getX', summary: 'X.', responses: {}, ...row } } },
    components: { schemas: { A: object({}) } },
  });
  const parameter = (name: string, schema: object, required = false) => ({
    in: 'query',
    name,
    required,
    description: 'What.',
    schema,
  });

  test('parameters of the query become a schema of texts', () => {
    const parameters = [
      parameter('a-name', { type: 'string' }, true),
      parameter('kind', { type: 'string', enum: ['x', 'y'] }),
      parameter('flag', { type: 'boolean' }),
    ];
    const text = generateModule(operation({ parameters }), 'x');
    expect(text).toContain("'a-name': z.string().describe('What.'),");
    expect(text).toContain("'kind': z.enum(['x', 'y']).describe('What.').optional(),");
    expect(text).toContain("'flag': z.enum(['true', 'false']).transform((text) => text === 'true')");
  });

  test('an answer that goes out as it is is a text with its media type', () => {
    const json = { schema: reference('A'), 'x-text': true };
    const responses = { 200: { description: 'D', content: { 'application/json': json } } };
    const text = generateModule(operation({ responses }), 'x');
    expect(text).toContain("responses: { 200: z.string() },\n    media: { 200: 'application/json' },");
  });

  test('bytes come with their limit, and go out with their media type', () => {
    const content = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
    const text = generateModule(
      operation({
        requestBody: { required: true, 'x-bytes-max': 1234, content },
        responses: { 200: { description: 'D', content } },
      }),
      'x',
    );
    expect(text).toContain('body: z.instanceof(Uint8Array),\n    bodyBytesMax: 1234,');
    expect(text).toContain("media: { 200: 'application/octet-stream' },");
    const unlimited = operation({ requestBody: { required: true, content } });
    expect(() => generateModule(unlimited, 'x')).toThrow('x-bytes-max');
  });

  test('a limit may stand with a body of JSON too', () => {
    const requestBody = {
      required: true,
      'x-bytes-max': 7,
      content: { 'application/json': { schema: reference('A') } },
    };
    expect(generateModule(operation({ requestBody }), 'x')).toContain('body: aSchema,\n    bodyBytesMax: 7,');
  });

  const inPath = (name: string) => ({ ...parameter(name, { type: 'string' }, true), in: 'path' });
  const atPath = (path: string, parameters: readonly object[]) => ({
    ...operation({}),
    paths: { [path]: { get: { operationId: 'getX', summary: 'X.', responses: {}, parameters } } },
  });

  test('parameters of the path become a schema of their own', () => {
    const text = generateModule(atPath('/x/{a-name}/y', [inPath('a-name')]), 'x');
    expect(text).toContain("params: z.strictObject({\n      'a-name': z.string().describe('What.'),");
    expect(text).toContain('query: undefined,');
  });

  test.each([
    ['missing', '/x/{a}', [inPath('b')]],
    ['of another place', '/x', [inPath('a')]],
    ['optional', '/x/{a}', [{ ...inPath('a'), required: false }]],
  ])('a parameter of the path that is %s is refused', (_what, path, parameters) => {
    expect(() => generateModule(atPath(path, parameters), 'x')).toThrow();
  });

  test.each([
    ['a number', [parameter('a', { type: 'integer' })]],
    ['a header', [{ ...parameter('a', { type: 'string' }), in: 'header' }]],
    ['a name in capitals', [parameter('aName', { type: 'string' })]],
    ['one that comes twice', [parameter('a', { type: 'string' }), parameter('a', { type: 'string' })]],
  ])('a parameter that is %s is refused', (_what, parameters) => {
    expect(() => generateModule(operation({ parameters }), 'x')).toThrow();
  });
});
