// The numbers of the chart and of the funnel by day and type, as a table.
import { words } from '../../kit/page.js'
import { dayName } from './chart.js'
import { stepName } from './funnel.js'
import { steps, type StatsRow } from './numbers.js'

export const DayTable = ({ rows }: { rows: StatsRow[] }) => (
  <details class="more">
    <summary>{words.say('inviter.stats.table')}</summary>
    <div class="scrolled" tabIndex={0} role="region" aria-label={words.say('inviter.stats.table')}>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{words.say('inviter.stats.day')}</th>
            <th scope="col">{words.say('inviter.stats.type')}</th>
            {steps.map((step) => (
              <th scope="col" key={step}>
                {stepName(step)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.day} ${row.inviteType}`}>
              <th scope="row">{dayName(row.day)}</th>
              <td>{words.say(`inviter.type.${row.inviteType}`)}</td>
              {steps.map((step) => (
                <td key={step}>{words.number(row[step])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </details>
)
