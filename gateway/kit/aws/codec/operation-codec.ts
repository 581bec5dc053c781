/** One operation's decoder and encoder, compiled from its schema and protocol at first use. */
import type {
  AwsProtocol,
  AwsServiceDefinition,
  MemberSchema,
  OperationSchema,
  ServiceSchemas,
} from '../definition.ts';
import type { InputErrors } from './errors.ts';
import { inputErrors } from './errors.ts';
import { FormCompiler, FormError, parseForm } from './form-decode.ts';
import type { BindInput, RequestParts } from './http-input.ts';
import { compileInputBindings } from './http-input.ts';
import type { BindOutput } from './http-output.ts';
import { compileOutputHeaders, statusMember } from './http-output.ts';
import { JsonCompiler, JsonError } from './json-codec.ts';
import type { StructureShape } from './schema.ts';
import { documentMembers, isUnit, payloadMember, shapeOf, structureOf } from './schema.ts';
import { XmlDecodeCompiler } from './xml-decode.ts';
import { XML_DECLARATION, XmlEncodeCompiler } from './xml-encode.ts';
import { XmlError } from './xml-reader.ts';

export type Body = string | Uint8Array | AsyncIterable<Uint8Array>;

export interface OperationCodec {
  readonly schema: OperationSchema;
  decode(parts: RequestParts): Record<string, unknown>;
  /** Members of path, query and headers only. */
  decodeHead(parts: RequestParts): Record<string, unknown>;
  /** Adds headers of members. */
  readonly headers: BindOutput;
  readonly statusMember: string | undefined;
  /** Body of a reply and its type, `''` when there is none. */
  body(
    output: Readonly<Record<string, unknown>>,
    requestId: string,
  ): { readonly type: string | undefined; readonly body: Body };
}

type DecodeBody = (parts: RequestParts, target: Record<string, unknown>) => void;
type EncodeBody = OperationCodec['body'];

const codecs = new WeakMap<ServiceSchemas, Map<string, OperationCodec>>();

/** What a codec is compiled from. */
export type CodecSource = Pick<AwsServiceDefinition, 'protocol' | 'schemas'>;

/** @throws when the service has no such operation: routing comes before */
export function operationCodec(definition: CodecSource, operation: string): OperationCodec {
  let known = codecs.get(definition.schemas);
  if (known === undefined) {
    known = new Map();
    codecs.set(definition.schemas, known);
  }
  const found = known.get(operation);
  if (found !== undefined) return found;
  const codec = new Compiler(definition, operation).compile();
  known.set(operation, codec);
  return codec;
}

class Compiler {
  readonly #protocol: AwsProtocol;
  readonly #schemas: ServiceSchemas;
  readonly #name: string;
  readonly #operation: OperationSchema;
  readonly #errors: InputErrors;

  constructor(definition: CodecSource, name: string) {
    const operation = Object.hasOwn(definition.schemas.operations, name)
      ? definition.schemas.operations[name]
      : undefined;
    if (operation === undefined) throw new Error(`${definition.schemas.service} has no operation ${name}`);
    this.#protocol = definition.protocol;
    this.#schemas = definition.schemas;
    this.#name = name;
    this.#operation = operation;
    this.#errors = inputErrors(definition.protocol);
  }

  compile(): OperationCodec {
    const input = structureOf(this.#schemas, this.#operation.input);
    const output = structureOf(this.#schemas, this.#operation.output);
    const bound = this.#protocol === 'restXml' || this.#protocol === 'restJson1';
    const bind: BindInput = bound ? compileInputBindings(this.#schemas, input, this.#errors) : () => {};
    const decodeBody = this.#translated(bound ? this.#restBody(input) : this.#rpcBody(input));
    return {
      schema: this.#operation,
      decode: (parts) => {
        const target: Record<string, unknown> = {};
        bind(parts, target);
        decodeBody(parts, target);
        return target;
      },
      decodeHead: (parts) => {
        const target: Record<string, unknown> = {};
        bind(parts, target);
        return target;
      },
      headers: bound ? compileOutputHeaders(this.#schemas, output) : () => {},
      statusMember: bound ? statusMember(output) : undefined,
      body: bound ? this.#restReply(output) : this.#rpcReply(output),
    };
  }

  #translated(decode: DecodeBody): DecodeBody {
    return (parts, target) => {
      try {
        decode(parts, target);
      } catch (error) {
        if (error instanceof XmlError || error instanceof JsonError || error instanceof FormError) {
          throw this.#errors.document(error.message);
        }
        throw error;
      }
    };
  }

  #restBody(input: StructureShape): DecodeBody {
    const payload = payloadMember(input);
    if (payload !== undefined) return this.#payloadBody(payload[0], payload[1]);
    const names = documentMembers(input);
    if (names.size === 0) return () => {};
    const required = [...names].filter((name) => input.members[name]!.required === true);
    const rootName = input.xmlName ?? this.#operation.input;
    const decode =
      this.#protocol === 'restXml'
        ? new XmlDecodeCompiler(this.#schemas).members(input, names, rootName)
        : new JsonCompiler(this.#schemas, true).decoder({ shape: this.#operation.input }, names);
    return ({ body }, target) => {
      if (body.byteLength > 0) Object.assign(target, decode(body));
      else if (required.length > 0 && this.#protocol === 'restXml') throw this.#errors.emptyBody();
      for (const name of required) if (target[name] === undefined) throw this.#errors.missing('body', name);
    };
  }

  #payloadBody(name: string, member: MemberSchema): DecodeBody {
    const shape = shapeOf(this.#schemas, member.shape);
    const { required } = member;
    const whenEmpty = () => {
      if (required === true) throw this.#errors.emptyBody();
    };
    if (shape.type === 'blob' || shape.type === 'streaming') {
      return ({ body }, target) => {
        if (body.byteLength > 0) target[name] = body;
      };
    }
    if (shape.type === 'string') {
      const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      return ({ body }, target) => {
        if (body.byteLength === 0) return whenEmpty();
        try {
          target[name] = utf8.decode(body);
        } catch (error) {
          if (error instanceof TypeError) throw this.#errors.value('body', '', 'other');
          throw error;
        }
      };
    }
    const rootName =
      member.xmlName ?? (shape.type === 'structure' ? shape.xmlName : undefined) ?? member.shape;
    const decode =
      this.#protocol === 'restXml'
        ? new XmlDecodeCompiler(this.#schemas).document(member, rootName)
        : new JsonCompiler(this.#schemas, true).decoder(member);
    return ({ body }, target) => {
      if (body.byteLength === 0) return whenEmpty();
      target[name] = decode(body);
    };
  }

  #rpcBody(input: StructureShape): DecodeBody {
    const member: MemberSchema = { shape: this.#operation.input };
    const required = Object.keys(input.members).filter((name) => input.members[name]!.required === true);
    const check = (target: Record<string, unknown>) => {
      for (const name of required) if (target[name] === undefined) throw this.#errors.missing('body', name);
    };
    if (this.#protocol === 'query') {
      const decode = new FormCompiler(this.#schemas).decoder(member);
      return ({ body, query }, target) => {
        // A GET carries the form in its query.
        Object.assign(target, decode(body.byteLength > 0 ? parseForm(body) : query));
        check(target);
      };
    }
    const decode = new JsonCompiler(this.#schemas, false).decoder(member);
    return ({ body }, target) => {
      Object.assign(target, decode(body));
      check(target);
    };
  }

  #restReply(output: StructureShape): EncodeBody {
    const payload = payloadMember(output);
    if (payload !== undefined) return this.#payloadReply(payload[0], payload[1]);
    const names = documentMembers(output);
    if (names.size === 0) return () => ({ type: undefined, body: '' });
    if (this.#protocol === 'restJson1') {
      const encode = new JsonCompiler(this.#schemas, true).encoder({ shape: this.#operation.output }, names);
      return (value) => ({ type: 'application/json', body: JSON.stringify(encode(value)) });
    }
    const member: MemberSchema = { shape: this.#operation.output };
    const rootName = output.xmlName ?? this.#operation.output;
    if (output.xmlUnwrapped === true) return this.#unwrapped(rootName, [...names][0]!);
    const write = new XmlEncodeCompiler(this.#schemas).element(
      member,
      rootName,
      this.#schemas.xmlNamespace,
      names,
    );
    return (value) => ({ type: 'application/xml', body: XML_DECLARATION + write(value) });
  }

  #unwrapped(rootName: string, name: string): EncodeBody {
    const compiler = new XmlEncodeCompiler(this.#schemas);
    const write = compiler.element({ shape: 'string' }, rootName, this.#schemas.xmlNamespace);
    return (value) => ({ type: 'application/xml', body: XML_DECLARATION + write(value[name] ?? '') });
  }

  #payloadReply(name: string, member: MemberSchema): EncodeBody {
    const shape = shapeOf(this.#schemas, member.shape);
    if (shape.type === 'blob' || shape.type === 'streaming' || shape.type === 'string') {
      const type = shape.type === 'string' ? 'text/plain' : 'application/octet-stream';
      return (value) => {
        const body = value[name] as Body | undefined;
        return body === undefined ? { type: undefined, body: '' } : { type, body };
      };
    }
    if (this.#protocol === 'restJson1') {
      const encode = new JsonCompiler(this.#schemas, true).encoder(member);
      return (value) =>
        value[name] === undefined
          ? { type: undefined, body: '' }
          : { type: 'application/json', body: JSON.stringify(encode(value[name])) };
    }
    const rootName =
      member.xmlName ?? (shape.type === 'structure' ? shape.xmlName : undefined) ?? member.shape;
    const write = new XmlEncodeCompiler(this.#schemas).element(member, rootName, this.#schemas.xmlNamespace);
    return (value) =>
      value[name] === undefined
        ? { type: undefined, body: '' }
        : { type: 'application/xml', body: XML_DECLARATION + write(value[name]) };
  }

  #rpcReply(output: StructureShape): EncodeBody {
    if (this.#protocol === 'query') return this.#queryReply(output);
    const type =
      this.#protocol === 'awsJson1.0' ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1';
    if (isUnit(output) && this.#operation.output === 'unit') return () => ({ type, body: '' });
    const encode = new JsonCompiler(this.#schemas, false).encoder({ shape: this.#operation.output });
    return (value) => ({ type, body: JSON.stringify(encode(value)) });
  }

  #queryReply(output: StructureShape): EncodeBody {
    const name = this.#name;
    const unit = isUnit(output) && this.#operation.output === 'unit';
    const member: MemberSchema = { shape: this.#operation.output };
    const result = unit ? undefined : new XmlEncodeCompiler(this.#schemas).element(member, `${name}Result`);
    const open = `<${name}Response xmlns="${this.#schemas.xmlNamespace ?? ''}">`;
    return (value, requestId) => {
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      return { type: 'text/xml', body: `${open}${result?.(value) ?? ''}${metadata}</${name}Response>` };
    };
  }
}
