/** IAM policies: documents and their evaluation, the one place where calls of every AWS service are allowed or refused. */
export { type ParseOptions, Policy, type PolicyKind, parsePolicy, type Statement } from './document.ts';
export { PolicyError } from './error.ts';
export { type Decision, type EvaluationRequest, evaluate, policyOf } from './evaluate.ts';
export { Wildcard } from './wildcard.ts';
