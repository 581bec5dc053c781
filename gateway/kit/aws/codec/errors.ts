/**
 * Malformed input as each protocol reports it. The sentences for S3 are those of its error reference
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
 */
import type { AwsProtocol } from '../definition.ts';
import { AwsError } from '../definition.ts';

/** Makes the errors of one protocol; every function returns, none throws. */
export interface InputErrors {
  /** The document cannot be parsed or does not fit the schema. */
  document(detail: string): AwsError;
  emptyBody(): AwsError;
  /** A query parameter or header has a value of the wrong type. */
  value(name: string, value: string, expected: 'integer' | 'other'): AwsError;
  missing(where: 'header' | 'query' | 'label' | 'body', name: string): AwsError;
  uri(): AwsError;
}

const S3: InputErrors = {
  document: () =>
    new AwsError(
      'MalformedXML',
      400,
      'The XML you provided was not well-formed or did not validate against our published schema',
    ),
  emptyBody: () => new AwsError('MissingRequestBodyError', 400, 'Request Body is empty'),
  value: (name, value, expected) =>
    new AwsError(
      'InvalidArgument',
      400,
      expected === 'integer'
        ? `Provided ${name} not an integer or within integer range`
        : `The value of ${name} is not valid`,
      { ArgumentName: name, ArgumentValue: value },
    ),
  missing: (where, name) =>
    where === 'header'
      ? new AwsError('InvalidRequest', 400, `Missing required header for this request: ${name}`)
      : where === 'body'
        ? S3.document(name)
        : new AwsError('InvalidArgument', 400, `This request requires the parameter ${name}`, {
            ArgumentName: name,
            ArgumentValue: 'null',
          }),
  uri: () => new AwsError('InvalidURI', 400, "Couldn't parse the specified URI."),
};

const JSON_ERRORS: InputErrors = {
  document: (detail) => new AwsError('SerializationException', 400, detail),
  emptyBody: () => new AwsError('SerializationException', 400, 'The request body is empty'),
  value: (name) => new AwsError('SerializationException', 400, `The value of ${name} has the wrong type`),
  missing: (_where, name) => new AwsError('ValidationException', 400, notNull(name)),
  uri: () => new AwsError('SerializationException', 400, 'The request path is not valid'),
};

const QUERY: InputErrors = {
  document: (detail) => new AwsError('MalformedInput', 400, detail),
  emptyBody: () => new AwsError('MissingAction', 400, 'The request is missing an action'),
  value: (name) => new AwsError('MalformedInput', 400, `The value of ${name} has the wrong type`),
  missing: (_where, name) => new AwsError('ValidationError', 400, notNull(name)),
  uri: () => new AwsError('MalformedInput', 400, 'The request path is not valid'),
};

export function inputErrors(protocol: AwsProtocol): InputErrors {
  return protocol === 'restXml' ? S3 : protocol === 'query' ? QUERY : JSON_ERRORS;
}

function notNull(name: string): string {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`;
}
