// The page of an invited person.
import '../kit/style.css'
import './style.css'
import { mount } from '../kit/mount.js'
import { LandingPage } from './landing.js'

mount(<LandingPage />)
