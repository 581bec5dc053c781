/** A parameter of PostgreSQL, as `pg_settings` describes it. */
export interface EngineParameter {
  readonly name: string;
  readonly type: 'bool' | 'integer' | 'real' | 'string' | 'enum';
  readonly context: string;
  readonly unit?: string;
  readonly min?: string;
  readonly max?: string;
  readonly values?: readonly string[];
  readonly value?: string;
  readonly description: string;
}
