/**
 * The documents' examples are found as they stand: fences, set-up lines, and what must not slip through uncompiled.
 */

import { expect, test } from 'vitest'
import { blocksOf } from '../../tools/lib/blocks.ts'

const fence = '```'

function read(...rows: string[]) {
  const { blocks, problems } = blocksOf('docs/a.md', rows.join('\n'))
  return {
    blocks: blocks.map(({ line, runs, lines }) => ({
      line,
      runs,
      lines: lines.map((row) => `${row.line}: ${row.text}`),
    })),
    problems,
  }
}

test('a block is told by the line of its fence, and says whether it runs', () => {
  expect(read('# Title', `${fence}ts`, 'a()', fence, '', `${fence}ts no-run`, 'b()', fence)).toEqual({
    blocks: [
      { line: 2, runs: true, lines: ['3: a()'] },
      { line: 6, runs: false, lines: ['7: b()'] },
    ],
    problems: [],
  })
})

test('set-up lines come first and keep the lines they stand on', () => {
  expect(read('<!-- setup', 'const a = 1', '-->', '', `${fence}ts`, 'a', fence).blocks).toEqual([
    { line: 5, runs: true, lines: ['1: ', '2: const a = 1', '3: ', '6: a'] },
  ])
  expect(read('<!-- setup const a = 1 -->', `${fence}ts`, 'a', fence).blocks[0]?.lines).toEqual([
    '1:  const a = 1 ',
    '3: a',
  ])
})

test('set-up lines belong to the next block only', () => {
  const { blocks } = read('<!-- setup const a = 1 -->', `${fence}ts`, 'a', fence, `${fence}ts`, 'b', fence)
  expect(blocks[1]?.lines).toEqual(['6: b'])
})

test('set-up lines that no block follows directly are a problem', () => {
  const lost = ['docs/a.md:1: no ```ts block follows this set-up comment directly']
  expect(read('<!-- setup a -->', 'Prose.', `${fence}ts`, 'a', fence).problems).toEqual(lost)
  expect(read('<!-- setup a -->', `${fence}sh`, 'a', fence).problems).toEqual(lost)
  expect(read('<!-- setup a -->').problems).toEqual(lost)
})

test('a fence inside a list loses its indent, and no more', () => {
  expect(read('- item', `  ${fence}ts`, '  if (a) {', '    b()', '', '  }', `  ${fence}`).blocks[0]?.lines).toEqual([
    '3: if (a) {',
    '4:   b()',
    '5: ',
    '6: }',
  ])
})

test('other languages are left alone, and what looks like ours is not left out in silence', () => {
  expect(read(`${fence}sh`, 'npm ci', fence, `${fence}json`, '{}', fence)).toEqual({ blocks: [], problems: [] })
  for (const info of ['typescript', 'ts norun', 'tsx', 'ts title="a.ts"']) {
    expect(read(fence + info, 'a', fence).problems).toEqual([
      `docs/a.md:1: write \`\`\`ts or \`\`\`ts no-run, not \`\`\`${info}`,
    ])
  }
  expect(read(`${fence}ts`, 'a').problems).toEqual(['docs/a.md:1: this block has no end'])
})
