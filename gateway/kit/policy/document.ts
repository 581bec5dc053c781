/**
 * Parses and validates policy documents.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { type Condition, compileConditions } from './conditions.ts';
import { PolicyError } from './error.ts';
import { policyBytesMax, policyPatternLengthMax, policyStatementsMax, policyValuesMax } from './limits.ts';
import { ArnPattern, PolicyPattern } from './pattern.ts';
import { PrincipalSet } from './principal.ts';

/** `trust` is a role's policy on who may assume it: it has principals and no resources. */
export type PolicyKind = 'identity' | 'resource' | 'trust';

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** Absent in identity policies. */
  readonly principals: { readonly set: PrincipalSet; readonly negated: boolean } | undefined;
  readonly actions: { readonly patterns: readonly PolicyPattern[]; readonly negated: boolean };
  /** Absent in trust policies. */
  readonly resources: { readonly patterns: readonly ArnPattern[]; readonly negated: boolean } | undefined;
  readonly conditions: readonly Condition[];
}

/** A parsed document, ready for evaluation. */
export class Policy {
  readonly kind: PolicyKind;
  readonly version: '2008-10-17' | '2012-10-17';
  readonly statements: readonly Statement[];
  constructor(kind: PolicyKind, version: '2008-10-17' | '2012-10-17', statements: readonly Statement[]) {
    this.kind = kind;
    this.version = version;
    this.statements = statements;
  }
}

export interface ParseOptions {
  readonly kind: PolicyKind;
  /** Largest document in bytes of UTF-8. */
  readonly bytesMax?: number;
}

type Json = Readonly<Record<string, unknown>>;

const DOCUMENT_KEYS = new Set(['Version', 'Id', 'Statement']);
const STATEMENT_KEYS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const ACTION = /^(?:\*|[A-Za-z0-9-]+:[A-Za-z0-9_*?-]+)$/;

/** @param document JSON text or the value it stands for. @throws PolicyError */
export function parsePolicy(document: unknown, { kind, bytesMax = policyBytesMax }: ParseOptions): Policy {
  const root = rootOf(document, bytesMax);
  checkKeys(root, DOCUMENT_KEYS);
  const version = root.Version ?? '2008-10-17';
  if (version !== '2008-10-17' && version !== '2012-10-17') {
    throw new PolicyError('The policy must contain a valid version string');
  }
  if (root.Id !== undefined && typeof root.Id !== 'string')
    throw new PolicyError('The policy Id must be a string');
  const listed = Array.isArray(root.Statement) ? root.Statement : [root.Statement];
  if (root.Statement === undefined || listed.length === 0)
    throw new PolicyError('Missing required field Statement');
  if (listed.length > policyStatementsMax) throw new PolicyError('The policy has too many statements');
  const statements = listed.map((item) => parseStatement(item, kind, version === '2012-10-17'));
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]));
  if (new Set(sids).size !== sids.length)
    throw new PolicyError('Statement IDs (SID) in a single policy must be unique');
  return new Policy(kind, version, statements);
}

function rootOf(document: unknown, bytesMax: number): Json {
  let value = document;
  if (typeof document === 'string') {
    if (Buffer.byteLength(document) > bytesMax) throw new PolicyError('The policy is too large');
    try {
      value = JSON.parse(document);
    } catch (error) {
      if (error instanceof SyntaxError)
        throw new PolicyError("Policies must be valid JSON and the first byte must be '{'");
      throw error;
    }
  }
  return recordOf(value, "Policies must be valid JSON and the first byte must be '{'");
}

function parseStatement(item: unknown, kind: PolicyKind, withVariables: boolean): Statement {
  const statement = recordOf(item, 'A statement must be an object');
  checkKeys(statement, STATEMENT_KEYS);
  const { Sid: sid, Effect: effect } = statement;
  if (sid !== undefined && typeof sid !== 'string') throw new PolicyError('A Sid must be a string');
  if (effect === undefined) throw new PolicyError('Missing required field Effect');
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyError(`Invalid effect: ${String(effect)}`);
  const condition = statement.Condition;
  return {
    sid,
    effect,
    principals: parsePrincipals(statement, kind),
    actions: parseActions(statement),
    resources: kind === 'trust' ? withoutResources(statement) : parseResources(statement, withVariables),
    conditions:
      condition === undefined
        ? []
        : compileConditions(recordOf(condition, 'Invalid Condition block'), withVariables),
  };
}

function parsePrincipals(statement: Json, kind: PolicyKind): Statement['principals'] {
  const [element, negated] = oneOf(statement, 'Principal', 'NotPrincipal');
  if (kind === 'identity') {
    if (element !== undefined) throw new PolicyError('Policy document should not specify a principal');
    return undefined;
  }
  if (element === undefined) throw new PolicyError('Missing required field Principal');
  return { set: new PrincipalSet(element), negated };
}

function parseActions(statement: Json): Statement['actions'] {
  const [element, negated] = oneOf(statement, 'Action', 'NotAction');
  const patterns = stringsOf(element, 'Action').map((action) => {
    if (!ACTION.test(action)) throw new PolicyError('Policy has invalid action');
    return new PolicyPattern(action.toLowerCase(), false);
  });
  return { patterns, negated };
}

function parseResources(statement: Json, withVariables: boolean): Statement['resources'] {
  const [element, negated] = oneOf(statement, 'Resource', 'NotResource');
  const patterns = stringsOf(element, 'Resource').map((resource) => {
    if (!ArnPattern.isValid(resource)) throw new PolicyError('Policy has invalid resource');
    return new ArnPattern(resource, withVariables);
  });
  return { patterns, negated };
}

function withoutResources(statement: Json): undefined {
  const [element] = oneOf(statement, 'Resource', 'NotResource');
  if (element !== undefined) throw new PolicyError('Has prohibited field Resource');
}

/** An element and its negated form exclude each other. */
function oneOf(statement: Json, name: string, negatedName: string): [element: unknown, negated: boolean] {
  const plain = statement[name];
  const negated = statement[negatedName];
  if (plain !== undefined && negated !== undefined)
    throw new PolicyError(`Statement has both ${name} and ${negatedName}`);
  return negated === undefined ? [plain, false] : [negated, true];
}

function stringsOf(element: unknown, name: string): string[] {
  if (element === undefined) throw new PolicyError(`Missing required field ${name}`);
  const list = Array.isArray(element) ? element : [element];
  if (list.length === 0) throw new PolicyError(`${name} must not be empty`);
  if (list.length > policyValuesMax) throw new PolicyError(`${name} has too many values`);
  for (const value of list) {
    if (typeof value !== 'string' || value === '') throw new PolicyError(`${name} must hold strings`);
    if (value.length > policyPatternLengthMax) throw new PolicyError(`A value of ${name} is too long`);
  }
  return list as string[];
}

function recordOf(value: unknown, message: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PolicyError(message);
  return value as Json;
}

function checkKeys(record: Json, known: ReadonlySet<string>): void {
  for (const key of Object.keys(record)) if (!known.has(key)) throw new PolicyError(`Unknown field ${key}`);
}
