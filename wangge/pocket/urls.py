from django.urls import URLPattern

app_name = "pocket"
urlpatterns: list[URLPattern] = []
