// Reads Vitest's JSON report. A file that does not even load has no tests, and must still count as a failure.

/** The part of the report that is needed. */
interface VitestReport {
  readonly success: boolean
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** How many tests passed, failed, and were not run. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Counts a report; text that is none (Vitest died) is one failure, and so is a failure that belongs to no test. */
export function countTests(json: string | undefined): Counts {
  const report = parse(json)
  if (!report) return { passed: 0, failed: 1, skipped: 0 }
  const statuses = report.testResults.flatMap((file) => file.assertionResults.map((test) => test.status))
  const passed = statuses.filter((status) => status === 'passed').length
  const failed = statuses.filter((status) => status === 'failed').length
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const unexplained = !report.success && failed + unloaded === 0 ? 1 : 0
  return { passed, failed: failed + unloaded + unexplained, skipped: statuses.length - passed - failed }
}

function parse(json: string | undefined): VitestReport | undefined {
  try {
    const report = JSON.parse(json ?? '') as Partial<VitestReport>
    return Array.isArray(report.testResults) ? (report as VitestReport) : undefined
  } catch {
    return undefined
  }
}
