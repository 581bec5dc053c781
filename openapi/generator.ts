/**
 * From an OpenAPI 3.1 document to one TypeScript module: a zod schema and a type per component, and a row per operation. The
 * same schemas type the handlers, check the requests and, in tests, check the answers. It knows the part of JSON Schema that
 * our documents use and refuses the rest by name.
 */
import { z } from 'zod';

interface Described {
  readonly description?: string | undefined;
}
interface Reference {
  readonly $ref: string;
}
interface Text extends Described {
  readonly type: 'string';
  readonly enum?: readonly string[] | undefined;
  readonly format?: 'date-time' | undefined;
  readonly pattern?: string | undefined;
}
interface Scalar extends Described {
  readonly type: 'boolean' | 'integer' | 'number';
}
interface List extends Described {
  readonly type: 'array';
  readonly items: JsonSchema;
}
interface Structure extends Described {
  readonly type: 'object';
  readonly additionalProperties: boolean;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, JsonSchema>>;
}
/** Members of any name, all of one kind. */
interface Dictionary extends Described {
  readonly type: 'object';
  readonly additionalProperties: JsonSchema;
}
export type JsonSchema = Reference | Text | Scalar | List | Structure | Dictionary;

const described = { description: z.string().optional() };
/** Of the whole text: a part of it is never what was meant. */
const wholePattern = z.string().regex(/^\^.*\$$/);
const jsonSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.union([
    z.strictObject({ $ref: z.string().regex(/^#\/components\/schemas\/[A-Z]\w*$/) }),
    z.strictObject({
      ...described,
      type: z.literal('string'),
      enum: z.array(z.string()).min(1).optional(),
      format: z.literal('date-time').optional(),
      pattern: wholePattern.optional(),
    }),
    z.strictObject({ ...described, type: z.enum(['boolean', 'integer', 'number']) }),
    z.strictObject({ ...described, type: z.literal('array'), items: jsonSchema }),
    z.strictObject({
      ...described,
      type: z.literal('object'),
      additionalProperties: z.boolean(),
      required: z.array(z.string()),
      properties: z.record(z.string(), jsonSchema),
    }),
    z.strictObject({ ...described, type: z.literal('object'), additionalProperties: jsonSchema }),
  ]),
);

/** `x-text`: the handler gives the document as a text, which goes out as it is: somebody compares its bytes. */
const media = z.strictObject({ schema: jsonSchema, 'x-text': z.literal(true).optional() }).optional();
const bytesMedia = z
  .strictObject({ schema: z.strictObject({ type: z.literal('string'), format: z.literal('binary') }) })
  .optional();
const content = z
  .strictObject({ 'application/json': media, 'text/plain': media, 'application/octet-stream': bytesMedia })
  .optional();

/** One of the two. `x-bytes-max`: where a longer body is taken than usual. */
const requestBody = z
  .strictObject({
    required: z.literal(true),
    'x-bytes-max': z.int().positive().optional(),
    content: z.union([
      z.strictObject({ 'application/json': z.strictObject({ schema: jsonSchema }) }),
      z.strictObject({ 'application/octet-stream': bytesMedia.unwrap() }),
    ]),
  })
  .optional();

const named = { name: z.string().regex(/^[a-z][a-z-]*$/), description: z.string() };
const textParameter = z.strictObject({
  type: z.literal('string'),
  enum: z.array(z.string()).min(1).optional(),
  pattern: wholePattern.optional(),
});
/** Texts, one of several words, and switches; a value that is given twice is refused. */
const parameter = z.union([
  z.strictObject({
    ...named,
    in: z.literal('query'),
    required: z.boolean(),
    schema: z.union([textParameter, z.strictObject({ type: z.literal('boolean') })]),
  }),
  z.strictObject({ ...named, in: z.literal('path'), required: z.literal(true), schema: textParameter }),
]);

const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z]\w*$/),
  summary: z.string(),
  security: z.array(z.never()).optional(),
  parameters: z.array(parameter).min(1).optional(),
  requestBody,
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), z.strictObject({ description: z.string(), content })),
});

const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'put', 'post', 'delete']), operation),
  ),
  components: z.object({ schemas: z.record(z.string().regex(/^[A-Z]\w*$/), jsonSchema) }),
});

type Operation = z.infer<typeof operation>;
type Parameter = z.infer<typeof parameter>;

/** @param origin named in the first line. @throws ZodError for what the document should not hold */
export function generateModule(document: unknown, origin: string): string {
  const { components, paths } = documentSchema.parse(document);
  const names = inDependencyOrder(components.schemas);
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, row]) =>
      row === undefined ? [] : [operationRow(path, method, row)],
    ),
  );
  return [
    `// Generated by openapi/generate.ts from ${origin}; not edited by hand.`,
    `import { z } from 'zod';`,
    '',
    ...names.flatMap((name) => component(name, components.schemas[name]!)),
    'export const operations = {',
    ...rows,
    '} as const;',
    '',
  ].join('\n');
}

function component(name: string, schema: JsonSchema): string[] {
  const variable = schemaName(name);
  return [
    `export const ${variable} = ${zodText(schema, '')};`,
    `export type ${name} = z.infer<typeof ${variable}>;`,
    '',
  ];
}

function schemaName(name: string): string {
  return `${name[0]!.toLowerCase()}${name.slice(1)}Schema`;
}

function referenced(schema: Reference): string {
  return schema.$ref.slice('#/components/schemas/'.length);
}

function zodText(schema: JsonSchema, indent: string): string {
  if ('$ref' in schema) return schemaName(referenced(schema));
  const text = bareText(schema, indent);
  return schema.description === undefined ? text : `${text}.describe(${quote(schema.description)})`;
}

function bareText(schema: Exclude<JsonSchema, Reference>, indent: string): string {
  switch (schema.type) {
    case 'string':
      return stringText(schema);
    case 'integer':
      return 'z.int()';
    case 'number':
    case 'boolean':
      return `z.${schema.type}()`;
    case 'array':
      return `z.array(${zodText(schema.items, indent)})`;
    case 'object':
      return 'properties' in schema
        ? objectText(schema, indent)
        : `z.record(z.string(), ${zodText(schema.additionalProperties, indent)})`;
  }
}

function stringText({ enum: words, format, pattern }: Text): string {
  if (words !== undefined) return `z.enum([${words.map(quote).join(', ')}])`;
  if (format !== undefined) return 'z.iso.datetime()';
  return pattern === undefined ? 'z.string()' : `z.string().regex(new RegExp(${quote(pattern)}))`;
}

function objectText(schema: Structure, indent: string): string {
  const missing = schema.required.find((name) => !Object.hasOwn(schema.properties, name));
  if (missing !== undefined) throw new Error(`required property ${missing} is not described`);
  const inner = `${indent}  `;
  const members = Object.entries(schema.properties).map(([name, member]) => {
    const optional = schema.required.includes(name) ? '' : '.optional()';
    return `${inner}${name}: ${zodText(member, inner)}${optional},`;
  });
  return `z.${schema.additionalProperties ? 'looseObject' : 'strictObject'}({\n${members.join('\n')}\n${indent}})`;
}

function operationRow(path: string, method: string, row: Operation): string {
  const responses = Object.entries(row.responses).map(
    ([status, { content: media }]) => `${status}: ${answerText(media)}`,
  );
  const media = Object.entries(row.responses).flatMap(([status, { content }]) => {
    const type = ownMedia(content);
    return type === undefined ? [] : [`${status}: ${quote(type)}`];
  });
  return [
    `  /** ${row.summary} */`,
    `  ${row.operationId}: {`,
    `    method: ${quote(method.toUpperCase())},`,
    `    path: ${quote(path)},`,
    `    open: ${row.security !== undefined},`,
    `    params: ${pathText(path, row.parameters ?? [])},`,
    `    query: ${parametersText(row.parameters?.filter((one) => one.in === 'query') ?? [])},`,
    `    body: ${bodyText(row)},`,
    `    bodyBytesMax: ${row.requestBody?.['x-bytes-max']},`,
    `    responses: { ${responses.join(', ')} },`,
    `    media: ${media.length === 0 ? 'undefined' : `{ ${media.join(', ')} }`},`,
    '  },',
  ].join('\n');
}

type Content = Operation['responses'][string]['content'];

function answerText(content: Content): string {
  if (content?.['application/octet-stream'] !== undefined) {
    return 'z.custom<{ readonly length: number; readonly bytes: AsyncIterable<Uint8Array> }>()';
  }
  const json = content?.['application/json'];
  return json === undefined || json['x-text'] === true ? 'z.string()' : zodText(json.schema, '    ');
}

/** Of an answer that is not made JSON here. */
function ownMedia(content: Content): string | undefined {
  if (content?.['application/octet-stream'] !== undefined) return 'application/octet-stream';
  if (content?.['text/plain'] !== undefined) return 'text/plain';
  return content?.['application/json']?.['x-text'] === true ? 'application/json' : undefined;
}

function bodyText({ requestBody: body }: Operation): string {
  if (body === undefined) return 'undefined';
  if ('application/json' in body.content) return zodText(body.content['application/json'].schema, '    ');
  if (body['x-bytes-max'] === undefined) throw new Error('a body of bytes needs its x-bytes-max');
  return 'z.instanceof(Uint8Array)';
}

/** The parameters that stand in the path, each once. */
function pathText(path: string, parameters: readonly Parameter[]): string {
  const described = parameters.filter((one) => one.in === 'path');
  const inPath = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name).sort();
  const names = described.map(({ name }) => name).sort();
  if (inPath.join() !== names.join()) {
    throw new Error(`the parameters of ${path} are not those that are described`);
  }
  return parametersText(described);
}

/** Everything in a URL is a text. */
function parametersText(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return 'undefined';
  const names = new Set(parameters.map(({ name }) => name));
  if (names.size !== parameters.length) throw new Error('a parameter is described twice');
  const members = parameters.map(({ name, schema, required, description }) => {
    const value =
      schema.type === 'boolean'
        ? `z.enum(['true', 'false']).transform((text) => text === 'true')`
        : bareText(schema, '');
    const optional = required ? '' : '.optional()';
    return `      ${quote(name)}: ${value}.describe(${quote(description)})${optional},`;
  });
  return `z.strictObject({\n${members.join('\n')}\n    })`;
}

/** A schema comes after those it names. @throws Error for a circle */
function inDependencyOrder(schemas: Readonly<Record<string, JsonSchema>>): string[] {
  const order: string[] = [];
  const open = new Set<string>();
  const visit = (name: string) => {
    if (order.includes(name)) return;
    const schema = schemas[name];
    if (schema === undefined) throw new Error(`schema ${name} is not described`);
    if (open.has(name)) throw new Error(`schema ${name} contains itself`);
    open.add(name);
    for (const next of references(schema)) visit(next);
    order.push(name);
  };
  for (const name of Object.keys(schemas)) visit(name);
  return order;
}

function references(schema: JsonSchema): string[] {
  if ('$ref' in schema) return [referenced(schema)];
  if (schema.type === 'array') return references(schema.items);
  if (schema.type !== 'object') return [];
  const members = 'properties' in schema ? Object.values(schema.properties) : [schema.additionalProperties];
  return members.flatMap(references);
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
}
