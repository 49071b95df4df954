// The page of an invited person.
import '../kit/style.css'
import { mount } from '../kit/mount.js'
import { Waiting } from '../kit/parts.js'

mount(
  <main class="card">
    <Waiting />
  </main>
)
