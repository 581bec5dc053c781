/** Of RESULT. Specification: "CQL BINARY PROTOCOL v5", section 4.2.5. */
export const resultKinds = { void: 1, rows: 2, setKeyspace: 3, prepared: 4, schemaChange: 5 } as const;
