// Finds the TypeScript blocks of a Markdown text, each with the hidden set-up lines above it and where every line stands.

/** A block as a program: its lines with the line of the document each came from. */
export interface Block {
  readonly path: string
  /** The line of the fence. */
  readonly line: number
  readonly runs: boolean
  readonly lines: readonly { readonly text: string; readonly line: number }[]
}

const FENCE = /^(?<indent> *)```(?<info>[^`]*)$/
const TYPESCRIPT = /^(?:ts|tsx|typescript)\b/

/**
 * Reads ```ts and ```ts no-run; what a block needs and a reader does not may stand directly above it in a comment,
 * `<!-- setup … -->`. Other words behind `ts` are problems: a block nobody compiles would look like one that is.
 */
export function blocksOf(path: string, text: string): { blocks: Block[]; problems: string[] } {
  const rows = text.split('\n').map((row, at) => ({ text: row.replace(/\r$/, ''), line: at + 1 }))
  const blocks: Block[] = []
  const problems: string[] = []
  let setup: Block['lines'] = []

  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at]
    if (row === undefined) break
    if (/^\s*<!--\s*setup\b/.test(row.text)) {
      const end = rows.findIndex(({ text }, later) => later >= at && text.includes('-->'))
      if (end === -1) problems.push(`${path}:${row.line}: this set-up comment has no end`)
      setup = rows.slice(at, end === -1 ? rows.length : end + 1).map(({ text, line }) => ({
        text: text.replace(/^\s*<!--\s*setup\b/, '').replace(/-->.*$/, ''),
        line,
      }))
      at = end === -1 ? rows.length : end
      continue
    }
    const fence = FENCE.exec(row.text)?.groups
    if (!fence) {
      if (row.text.trim() !== '') setup = orphaned(setup)
      continue
    }
    const close = rows.findIndex(({ text }, later) => later > at && text.trim() === '```')
    const info = (fence.info ?? '').trim()
    if (close === -1) problems.push(`${path}:${row.line}: this block has no end`)
    const body = rows.slice(at + 1, close === -1 ? rows.length : close)
    if (info === 'ts' || info === 'ts no-run') {
      const indent = fence.indent?.length ?? 0
      const lines = body.map(({ text, line }) => ({ text: text.slice(Math.min(indent, text.search(/\S|$/))), line }))
      blocks.push({ path, line: row.line, runs: info === 'ts', lines: [...setup, ...lines] })
      setup = []
    } else {
      if (TYPESCRIPT.test(info))
        problems.push(`${path}:${row.line}: write \`\`\`ts or \`\`\`ts no-run, not \`\`\`${info}`)
      setup = orphaned(setup)
    }
    at = close === -1 ? rows.length : close
  }
  orphaned(setup)
  return { blocks, problems }

  function orphaned(lines: Block['lines']): Block['lines'] {
    const [first] = lines
    if (first) problems.push(`${path}:${first.line}: no \`\`\`ts block follows this set-up comment directly`)
    return []
  }
}
