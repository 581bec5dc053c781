/** The schemas of the API, and one operation more: a request to the host of a function URL, whatever its method and path. */
import { schemas as published } from '@hypergate/kit/aws/gen/lambda';

export const invokeUrl = 'InvokeFunctionUrl';

export const schemas: typeof published = {
  ...published,
  operations: {
    ...published.operations,
    [invokeUrl]: { method: 'ANY', uri: '/', status: 200, input: 'UrlUnit', output: 'UrlUnit', errors: [] },
  },
  shapes: { ...published.shapes, UrlUnit: { type: 'structure', members: {} } },
};
