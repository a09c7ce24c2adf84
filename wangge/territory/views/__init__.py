"""Staff pages of the territory, by noun."""

from wangge.territory.views.land import cell as cell
from wangge.territory.views.land import cells as cells
from wangge.territory.views.land import check as check
from wangge.territory.views.land import draw as draw
from wangge.territory.views.land import geojson as geojson
from wangge.territory.views.land import load as load
from wangge.territory.views.land import merge as merge
from wangge.territory.views.land import redraw as redraw
from wangge.territory.views.land import rename as rename
from wangge.territory.views.land import retire as retire
from wangge.territory.views.land import split as split
