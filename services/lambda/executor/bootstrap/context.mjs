/** The handler's second argument. */

/**
 * @param {Map<string, string>} headers of the invocation
 * @param {Record<string, string>} variables
 * @param {{ done: (error: unknown, result?: unknown) => void }} ends
 */
export function makeContext(headers, variables, { done }) {
  const deadlineMs = Number(headers.get('lambda-runtime-deadline-ms'));
  const json = (name) => (headers.has(name) ? JSON.parse(fromHeader(headers.get(name))) : undefined);
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: variables.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: variables.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: variables.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: variables.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: json('lambda-runtime-client-context'),
    identity: json('lambda-runtime-cognito-identity'),
    invokedFunctionArn: headers.get('lambda-runtime-invoked-function-arn'),
    awsRequestId: headers.get('lambda-runtime-aws-request-id'),
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
  // Old ways to end, which show in no list of its members.
  for (const [name, value] of Object.entries({
    done: (error, result) => done(error, result),
    succeed: (result) => done(null, result),
    fail: (error) => done(error ?? 'handled'),
  })) {
    Object.defineProperty(context, name, { value, enumerable: false });
  }
  return context;
}

/** Header values are sent percent-encoded where they may hold anything. */
function fromHeader(value) {
  return decodeURIComponent(value);
}
