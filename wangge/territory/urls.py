from django.urls import URLPattern

app_name = "territory"
urlpatterns: list[URLPattern] = []
