export {
  type Describe,
  type DescribeContext,
  type DescribeTarget,
  type Description,
  describe,
} from './describe.ts';
export { tableStatement } from './table-statement.ts';
