export type { Converters } from "./converters.ts"
export type { Finding, FindingOutcome } from "./finding.ts"
export type { Names, Profile } from "./profile.ts"
export type { Condition, Row, Site, Table, Target, Transform, Transformed } from "./table.ts"
